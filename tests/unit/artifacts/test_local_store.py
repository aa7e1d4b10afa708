"""What is particular to the store in a folder: links, whole files, faults of the disk."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.artifacts import file_copies, local_store
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.errors import KfpError

CONTENT = b"content " * 1000


@pytest.fixture
def store(tmp_path) -> LocalArtifactStore:
    return LocalArtifactStore(tmp_path / "artifacts")


def files(store: LocalArtifactStore) -> list[str]:
    root = store._folder
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_layout(store):
    digest = store.put_bytes(CONTENT)
    hex_digits = digest.removeprefix("blake3:")
    path = Path(store.uri(digest))
    assert files(store) == [f"blake3/{hex_digits[:2]}/{hex_digits[2:]}"]
    assert path.is_absolute()
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_a_relative_folder_gives_absolute_addresses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = LocalArtifactStore(Path("here"))
    uri = store.uri(store.put_bytes(CONTENT))
    assert uri.startswith(str(tmp_path / "here"))


def test_moving_renames(store, tmp_path):
    source = tmp_path / "file"
    source.write_bytes(CONTENT)
    inode = source.stat().st_ino
    digest = store.put_file(source, move=True)
    assert Path(store.uri(digest)).stat().st_ino == inode
    assert stat.S_IMODE(Path(store.uri(digest)).stat().st_mode) == 0o444


def test_moving_between_file_systems_copies(store, tmp_path, monkeypatch):
    source = tmp_path / "file"
    source.write_bytes(CONTENT)
    rename = Path.rename

    def refuse(self, target):
        if self == source:
            raise OSError(errno.EXDEV, "other device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    digest = store.put_file(source, move=True)
    assert Path(store.uri(digest)).read_bytes() == CONTENT
    assert not source.exists()


def test_a_link_is_not_moved_into_the_store(store, tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    digest = store.put_file(tmp_path / "link", move=True)
    assert not Path(store.uri(digest)).is_symlink()
    assert (tmp_path / "file").exists()
    assert not (tmp_path / "link").exists()


def test_a_file_that_changes_while_it_is_copied_gets_the_address_of_what_was_stored(store, tmp_path, monkeypatch):
    source = tmp_path / "file"
    source.write_bytes(CONTENT)

    def change_first(path, target, *, mode):
        path.write_bytes(b"changed meanwhile")
        file_copies.copy_file(path, target, mode=mode)

    monkeypatch.setattr(local_store, "copy_file", change_first)
    digest = store.put_file(source)
    assert digest == digest_bytes(b"changed meanwhile")
    store.verify(digest)


def test_fetching_links(store, tmp_path):
    digest = store.put_bytes(CONTENT)
    store.fetch(digest, tmp_path / "out")
    assert (tmp_path / "out").stat().st_ino == Path(store.uri(digest)).stat().st_ino


@pytest.mark.parametrize(("refused", "is_link"), [({"hardlink_to"}, True), ({"hardlink_to", "symlink_to"}, False)])
def test_where_there_are_no_links_fetching_does_what_it_can(store, tmp_path, monkeypatch, refused, is_link):
    digest = store.put_bytes(CONTENT)

    def refuse(self, target):
        raise OSError(errno.EPERM, "no links here")

    for name in refused:
        monkeypatch.setattr(Path, name, refuse)
    store.fetch(digest, tmp_path / "out")
    assert (tmp_path / "out").is_symlink() is is_link
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [errno.EXDEV, errno.EINVAL, errno.ENOSYS, 0])
def test_where_the_kernel_cannot_copy_python_does(store, tmp_path, monkeypatch, answer):
    def refuse(*_):
        if answer:
            raise OSError(answer, "not here")
        return 0

    monkeypatch.setattr(os, "copy_file_range", refuse)
    (tmp_path / "file").write_bytes(CONTENT)
    store.verify(store.put_file(tmp_path / "file"))


def test_damage_is_found(store, tmp_path):
    digest = store.put_bytes(CONTENT)
    path = Path(store.uri(digest))
    path.chmod(0o644)
    path.write_bytes(CONTENT[:-1] + b"X")
    with pytest.raises(KfpError) as caught:
        store.verify(digest)
    assert caught.value.code == "KFP402"
    assert str(path) in caught.value.hint


def test_damage_in_a_folder_is_found(store, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(CONTENT)
    digest = store.put_folder(tmp_path / "folder")
    (Path(store.uri(digest)) / "file").chmod(0o644)
    (Path(store.uri(digest)) / "file").write_bytes(b"X")
    with pytest.raises(KfpError) as caught:
        store.verify(digest)
    assert caught.value.code == "KFP402"


def test_a_file_cut_short_by_a_power_cut_is_replaced(store):
    digest = store.put_bytes(CONTENT)
    path = Path(store.uri(digest))
    path.chmod(0o644)
    path.write_bytes(b"")
    store.put_bytes(CONTENT)
    store.verify(digest)


def test_a_folder_is_no_file_and_a_file_no_folder(store, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(CONTENT)
    digest = store.put_folder(tmp_path / "folder")
    for call in (
        lambda: store.put_file(tmp_path / "folder"),
        lambda: store.put_folder(tmp_path / "file"),
        lambda: store.open(digest),
    ):
        with pytest.raises(KfpError) as caught:
            call()
        assert caught.value.code == "KFP405"


def test_old_leftovers_of_killed_processes_go(store, tmp_path):
    incoming = tmp_path / "artifacts" / "incoming"
    (incoming / "old-folder").mkdir(parents=True)
    (incoming / "old-folder" / "file").write_bytes(b"x")
    (incoming / "old").write_bytes(b"x")
    (incoming / "new").write_bytes(b"x")
    for name in ("old", "old-folder"):
        os.utime(incoming / name, (0, 0))
    store.put_bytes(CONTENT)
    assert [path.name for path in incoming.iterdir()] == ["new"]


# --- faults of the disk, in processes that meet them

PUT = """
import os, resource, sys
from pathlib import Path
from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.errors import KfpError
folder, source, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
store = LocalArtifactStore(folder)
store.put_bytes(b"first")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
else:
    if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    {call}
    print("stored")
except KfpError as error:
    print(error.code, error.details, error)
"""
CALLS = ["store.put_file(source)", "store.put_bytes(source.read_bytes())", "store.put_folder(source.parent)"]


@pytest.mark.parametrize("call", CALLS)
def test_a_full_disk_leaves_nothing_half_written(tmp_path, call):
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "file"
    source.write_bytes(os.urandom(300_000))
    told = put(call, tmp_path / "artifacts", source, limit=100_000)
    assert told.startswith("KFP403"), told
    for fact in (str(tmp_path / "artifacts"), "293.0 KiB are needed", "are free", "'needed': 300000"):
        assert fact in told
    assert len(files(LocalArtifactStore(tmp_path / "artifacts"))) == 1
    assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []


@pytest.mark.parametrize("call", CALLS)
def test_no_permission(tmp_path, call):
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "file"
    source.write_bytes(b"x")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith(("pytest-", "test_")):
            folder.chmod(0o755)
    (tmp_path / "artifacts").mkdir(mode=0o755)
    (tmp_path / "artifacts" / "incoming").mkdir()
    if os.getuid() != 0:
        pytest.skip("needs root, who makes a folder that others may not write")
    told = put(call, tmp_path / "artifacts", source, limit=0)
    assert told.startswith("KFP404"), told
    assert str(tmp_path / "artifacts") in told


def put(call: str, folder: Path, source: Path, *, limit: int) -> str:
    code = PUT.replace("{call}", call)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(source), str(limit)], capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout


RACE = """
import sys
from pathlib import Path
from jupyter_kfp.artifacts.local_store import LocalArtifactStore
store = LocalArtifactStore(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(100):
    store.put_bytes(b"%d" % number * 10_000)
    (Path(sys.argv[2]) / "file").write_bytes(b"%d" % number)
    store.put_folder(Path(sys.argv[2]))
"""


def test_processes_that_store_the_same_at_once(store, tmp_path):
    processes = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        arguments = [sys.executable, "-c", RACE, str(tmp_path / "artifacts"), str(tmp_path / name)]
        processes.append(subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE))
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in processes] == [b""] * 3
    digests = list(store.list())
    assert len(digests) == 200
    for digest in digests:
        store.verify(digest)
    assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []
