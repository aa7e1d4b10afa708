"""A folder as the compiler saw it: the same answers to the same questions, or none of them counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_kfp.notebook.folder_record import RecordedFolder
from jupyter_kfp.notebook.notebook_folder import DiskFolder, FolderContents

FILES = {"a.py": b"1", "b.csv": b"22", "pkg/__init__.py": b"", "pkg/c.txt": b"3", ".git/d": b"", "e.so": b"4"}


def on_disk(folder: Path) -> DiskFolder:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return DiskFolder(folder)


def test_it_answers_like_the_folder_behind_it(tmp_path: Path) -> None:
    for folder in (on_disk(tmp_path), FolderContents(FILES), FolderContents({}, DiskFolder(tmp_path))):
        recorded = RecordedFolder(folder)
        for place in (".", "pkg", "nowhere"):
            assert list(recorded.names(place)) == list(folder.names(place))
            assert list(recorded.module_names(place)) == list(folder.module_names(place))
            assert list(recorded.module_names(place, "__init__")) == list(folder.module_names(place, "__init__"))
        assert list(folder.module_names(".")) == ["a.py", "e.so", "pkg/"]
        assert list(folder.module_names("pkg", "__init__")) == ["__init__.py"]
        assert list(folder.module_names(".", "b")) == []
        assert [recorded.read(name) for name in (*FILES, "nothing")] == [*FILES.values(), None]
        assert [recorded.size(name) for name in ("b.csv", "pkg", "nothing")] == [2, 0, 0]
        assert recorded.record().fits(folder)


@pytest.mark.parametrize("name", [*FILES, "new.py", "pkg/new"])
def test_only_what_was_asked_for_counts(tmp_path: Path, name: str) -> None:
    recorded = RecordedFolder(on_disk(tmp_path))
    (tmp_path / "pkg").mkdir(exist_ok=True)
    nothing = recorded.record()
    recorded.read("a.py")
    recorded.read("new.py")
    recorded.size("b.csv")
    recorded.names("pkg")
    recorded.module_names(".")
    record = recorded.record()
    (tmp_path / name).write_bytes(b"other content")
    assert nothing.fits(DiskFolder(tmp_path))
    assert record.fits(DiskFolder(tmp_path)) == (name not in {"a.py", "b.csv", "new.py", "pkg/new"})


def test_names_that_are_not_utf_8_and_links_to_themselves(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.py")).touch()
    (tmp_path / "loop").symlink_to("loop")
    recorded = RecordedFolder(DiskFolder(tmp_path))
    assert list(recorded.names(".")) == ["loop", os.fsdecode(b"\xff.py")]
    assert recorded.record().fits(DiskFolder(tmp_path))
