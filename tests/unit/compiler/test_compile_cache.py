"""Kept results answer only as long as compiling again would give the same, and then they give exactly that."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.compiler import compile_cache
from jupyter_kfp.compiler.code_identity import CodeIdentity
from jupyter_kfp.compiler.compile_cache import CompileCache, NotebookSource
from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, CompileOptions, compile_notebook
from jupyter_kfp.notebook.folder_record import RecordedFolder
from jupyter_kfp.notebook.notebook_folder import DiskFolder
from jupyter_kfp.spec.ir_json import to_json

LATER = time.time_ns() + 3_600_000_000_000
"""A process that loads our code in an hour, so that a change of it is never too young."""


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def notebook(*sources: str) -> str:
    """Each source is a step."""
    cells = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {"tags": [f"step:s{number}"]}, "source": source}
        for number, source in enumerate(sources, start=1)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


class Desk:
    """A folder with a notebook, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.notebook = self.folder / "nb.ipynb"
        self.cache = CompileCache(folder / "compiled", CodeIdentity(LATER))
        self.options = CompileOptions()

    @property
    def source(self) -> NotebookSource:
        return NotebookSource(path=self.notebook, data=self.notebook.read_bytes(), options=self.options)

    def compile(self) -> CompiledNotebook:
        return compile_notebook(self.notebook, options=self.options)

    def compile_and_keep(self) -> bool:
        folder = RecordedFolder(DiskFolder(self.folder))
        source = self.source
        compiled = compile_notebook(source.data, options=self.options, folder=folder, file=source.path)
        return self.cache.keep(source, compiled, folder.record())

    def recall(self) -> CompiledNotebook | None:
        return self.cache.look_up(self.source)

    def check_recalled(self) -> None:
        recalled, fresh = self.recall(), self.compile()
        assert recalled is not None
        assert recalled.pipeline is not None
        assert fresh.pipeline is not None
        assert to_json(recalled.pipeline) == to_json(fresh.pipeline)
        assert recalled == fresh


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    write(made.folder / "own.py", "import pkg\ndef twice(n):\n    return 2 * n\n")
    write(made.folder / "pkg" / "__init__.py", "from pkg.part import value\n")
    write(made.folder / "pkg" / "part.py", "value = 1\n")
    write(made.folder / "pkg" / "table.csv", "a,b\n1,2\n")
    write(made.folder / "lib" / "far.py", "far = 1\n")
    write(made.folder / "other.ipynb", notebook("made_elsewhere = 1"))
    source = (
        "import sys, own, math\nsys.path.append('lib')\nimport far\n%run other\n%run absent.py\n"
        "x = own.twice(made_elsewhere)"
    )
    write(made.notebook, notebook(source, "print(x)"))
    return made


def test_an_unchanged_notebook_is_recalled_with_its_warnings(desk: Desk) -> None:
    assert desk.recall() is None
    assert desk.compile_and_keep()
    desk.check_recalled()
    recalled = desk.recall()
    assert recalled is not None
    assert [one.code for one in recalled.diagnostics] == [one.code for one in desk.compile().diagnostics] != []


CHANGES: dict[str, Callable[[Path], None]] = {
    "the notebook": lambda folder: write(folder / "nb.ipynb", notebook("x = 1", "print(x)")),
    "an output of the notebook": lambda folder: write(
        folder / "nb.ipynb", (folder / "nb.ipynb").read_text().replace('"metadata": {}', '"metadata": {"a": 1}', 1)
    ),
    "an own module": lambda folder: write(folder / "own.py", "def twice(n):\n    return n + n\n"),
    "an own module, same size and time": lambda folder: _same_size_and_time(folder / "own.py"),
    "an own module goes": lambda folder: (folder / "own.py").unlink(),
    "a module that another one imports": lambda folder: write(folder / "pkg" / "part.py", "value = 2\n"),
    "data in a package": lambda folder: write(folder / "pkg" / "table.csv", "a,b\n1,3\n"),
    "more data in a package": lambda folder: write(folder / "pkg" / "more.csv", "a\n"),
    "data in a package becomes too large": lambda folder: write(folder / "pkg" / "table.csv", bytes(2 << 20)),
    "a module in a folder of sys.path": lambda folder: write(folder / "lib" / "far.py", "far = 2\n"),
    "a module that was installed is shadowed": lambda folder: write(folder / "math.py", "pi = 3\n"),
    "a package where a module was": lambda folder: write(
        folder / "own" / "__init__.py", "def twice(n):\n    return n\n"
    ),
    "machine code where a module was": lambda folder: write(folder / "own.abi3.so", b"\x7fELF"),
    "a program that %run runs": lambda folder: write(folder / "other.ipynb", notebook("made_elsewhere = 2")),
    "a program in front of the one that %run ran": lambda folder: write(folder / "other.py", "made_elsewhere = 3"),
    "a program that was absent": lambda folder: write(folder / "absent.py", "made_here = 1"),
    "a module that becomes unreadable": lambda folder: _replace_by_folder(folder / "pkg" / "part.py"),
}


def _same_size_and_time(path: Path) -> None:
    stat = path.stat()
    write(path, path.read_text().replace("2 * n", "3 * n"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_the_compiler_looked_at_has_to_be_what_it_was(desk: Desk, change: str) -> None:
    assert desk.compile_and_keep()
    CHANGES[change](desk.folder)
    assert desk.recall() is None
    if desk.compile_and_keep():
        desk.check_recalled()


@pytest.mark.parametrize(
    "name", ["out.csv", ".hidden", "nb.executed.ipynb", "__pycache__/own.cpython-311.pyc", "output/table.py"]
)
def test_files_that_a_run_leaves_beside_the_notebook_change_nothing(desk: Desk, name: str) -> None:
    assert desk.compile_and_keep()
    write(desk.folder / name, "new")
    desk.check_recalled()


@pytest.mark.parametrize("options", [CompileOptions(whole=True), CompileOptions(by_heading=True)])
def test_each_way_to_find_steps_has_its_own_entry(desk: Desk, options: CompileOptions) -> None:
    assert desk.compile_and_keep()
    desk.options = options
    assert desk.recall() is None


def test_a_copy_of_the_notebook_elsewhere_sees_its_own_folder(desk: Desk) -> None:
    assert desk.compile_and_keep()
    desk.notebook = shutil.copytree(desk.folder, desk.folder.parent / "copy") / "nb.ipynb"
    assert desk.recall() is None


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from json import *\nx = dumps(1)", id="a star import of what is installed"),
        pytest.param("x = y", id="an error"),
    ],
)
def test_what_may_not_answer_again_is_not_kept(desk: Desk, source: str) -> None:
    write(desk.notebook, notebook(source, "print(x)"))
    assert not desk.compile_and_keep()
    assert desk.recall() is None


def test_a_star_import_of_an_own_module_is_kept(desk: Desk) -> None:
    write(desk.notebook, notebook("from own import *\nx = twice(1)", "print(x)"))
    assert desk.compile_and_keep()
    desk.check_recalled()
    write(desk.folder / "own.py", "twice = thrice = int\n")
    assert desk.recall() is None


# --- the code that compiles


@pytest.fixture
def package(tmp_path: Path) -> Path:
    write(tmp_path / "package" / "one.py", "a = 1")
    write(tmp_path / "package" / "below" / "two.py", "b = 1")
    write(tmp_path / "package" / "__pycache__" / "one.pyc", "-")
    return tmp_path / "package"


def test_results_of_other_code_do_not_answer(desk: Desk, package: Path) -> None:
    before = CodeIdentity(LATER, package)
    desk.cache = CompileCache(desk.cache._folder, before)
    assert desk.compile_and_keep()
    write(package / "__pycache__" / "one.pyc", "+")
    assert CodeIdentity(LATER, package).digest == before.digest
    write(package / "below" / "two.py", "b = 2")
    desk.cache = CompileCache(desk.cache._folder, CodeIdentity(LATER, package))
    assert desk.recall() is None


@pytest.mark.parametrize("how", ["changed", "added", "removed"])
def test_code_that_changed_after_it_was_loaded_keeps_nothing(desk: Desk, package: Path, how: str) -> None:
    code = CodeIdentity(LATER, package)
    assert code.is_current()
    if how == "removed":
        (package / "one.py").unlink()
    else:
        write(package / ("one.py" if how == "changed" else "three.py"), "a = 22")
    assert not code.is_current()
    desk.cache = CompileCache(desk.cache._folder, code)
    assert not desk.compile_and_keep()


def test_code_younger_than_the_process_keeps_nothing(package: Path) -> None:
    newest = max(path.stat().st_ctime_ns for path in package.rglob("*.py"))
    assert not CodeIdentity(newest, package).is_current()
    assert CodeIdentity(newest + 10**9, package).is_current()


# --- the folder of the cache


def entries(desk: Desk) -> list[Path]:
    return sorted((desk.folder.parent / "compiled").iterdir())


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * 4096], ids=["empty", "short", "zeros"])
def test_a_broken_entry_is_no_answer_and_is_written_again(desk: Desk, content: bytes) -> None:
    assert desk.compile_and_keep()
    entries(desk)[0].write_bytes(content)
    assert desk.recall() is None
    assert desk.compile_and_keep()
    desk.check_recalled()


@given(position=st.integers(min_value=0), change=st.integers(min_value=1, max_value=255))
@settings(max_examples=50, deadline=None)
def test_no_flipped_bit_goes_unseen(tmp_path_factory: pytest.TempPathFactory, position: int, change: int) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    write(desk.notebook, notebook("x = 1", "print(x)"))
    assert desk.compile_and_keep()
    (entry,) = entries(desk)
    data = bytearray(entry.read_bytes())
    data[position % len(data)] ^= change
    entry.write_bytes(data)
    assert desk.recall() is None


def test_one_notebook_has_one_entry(desk: Desk) -> None:
    for number in range(3):
        write(desk.notebook, notebook(f"x = {number}", "print(x)"))
        assert desk.compile_and_keep()
        desk.check_recalled()
    assert len(entries(desk)) == 1


@pytest.mark.parametrize(("limit", "value"), [("MOST_ENTRIES", 2), ("MOST_BYTES", 15_000)])
def test_what_was_not_used_for_longest_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    source = desk.notebook.read_text()
    monkeypatch.setattr(compile_cache, limit, value)
    for number in range(5):
        desk.notebook = desk.folder / f"nb{number}.ipynb"
        write(desk.notebook, source)
        assert desk.compile_and_keep()
        desk.check_recalled()
    assert 1 <= len(entries(desk)) <= 2
    desk.check_recalled()
    desk.notebook = desk.folder / "nb0.ipynb"
    assert desk.recall() is None


def test_a_result_too_large_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_cache, "LARGEST_ENTRY", 100)
    assert not desk.compile_and_keep()


def test_a_folder_that_cannot_be_made_is_no_fault(desk: Desk) -> None:
    write(desk.folder.parent / "compiled", "a file")
    assert not desk.compile_and_keep()
    assert desk.recall() is None


# --- any change at all

NAMES = st.sampled_from(
    [
        "own.py",
        "own/__init__.py",
        "own/part.py",
        "lib/own.py",
        "lib/far.py",
        "far.py",
        "run.py",
        "run",
        "data.csv",
        "own.so",
    ]
)
CONTENTS = st.sampled_from([None, "", "value = 1\n", "import far\nvalue = far.value\n", "value = [\n", "x = y = 2\n"])


@given(changes=st.lists(st.tuples(NAMES, CONTENTS), max_size=8))
@settings(max_examples=60, deadline=None)
def test_what_is_recalled_is_what_compiling_gives(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str | None]]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    source = "import sys\nsys.path.append('lib')\nimport own, far\n%run run\nx = own.value"
    write(desk.notebook, notebook(source, "print(x)"))
    for name, content in changes:
        desk.compile_and_keep()
        path = desk.folder / name
        try:
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write(path, content)
        except OSError:  # a file where a folder would be needed, or the other way round
            continue
        recalled = desk.recall()
        assert recalled is None or recalled == desk.compile()
