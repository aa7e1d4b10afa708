"""The cache of contents that were read from an object store."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.read_cache import ReadCache
from jupyter_kfp.artifacts.s3_store import S3ArtifactStore
from jupyter_kfp.ids import Digest


@pytest.fixture
def cache(tmp_path) -> ReadCache:
    return ReadCache(tmp_path / "cache", 1000)


def keep(cache: ReadCache, folder: Path, content: bytes, age: float = 0) -> Digest:
    digest = digest_bytes(content)
    (folder / "source").write_bytes(content)
    cache.add(digest, folder / "source")
    (folder / "source").unlink()
    if age:
        os.utime(folder / "cache" / "used" / digest[7:9] / digest[9:], (time.time() - age,) * 2)
    return digest


def kept_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "cache" / "contents").rglob("*") if path.is_file())


def taken(cache: ReadCache, digest: Digest, place: Path) -> bytes | None:
    return place.read_bytes() if cache.fetch(digest, place, link=True) else None


def test_what_was_kept_comes_back(cache, tmp_path):
    digest = keep(cache, tmp_path, b"content")
    for number, (link, executable, mode) in enumerate(
        [(True, False, 0o444), (True, True, 0o555), (False, False, 0o644), (False, True, 0o755)]
    ):
        place = tmp_path / str(number)
        assert cache.fetch(digest, place, link=link, executable=executable)
        assert place.read_bytes() == b"content"
        assert place.stat().st_mode & 0o777 == mode
    with cache.open(digest) as stream:
        assert stream.read() == b"content"
    other = digest_bytes(b"other")
    assert cache.open(other) is None
    assert not cache.fetch(other, tmp_path / "other", link=True)


def test_what_was_wanted_longest_ago_goes_first(cache, tmp_path):
    digests = [keep(cache, tmp_path, bytes([number]) * 200, age=100 - number) for number in range(4)]
    assert taken(cache, digests[0], tmp_path / "first") == bytes(200)
    digests.append(keep(cache, tmp_path, b"x" * 200))
    digests.append(keep(cache, tmp_path, b"y" * 200))
    assert kept_bytes(tmp_path) <= 1000
    there = [taken(cache, digest, tmp_path / f"out-{place}") is not None for place, digest in enumerate(digests)]
    assert there == [True, False, True, True, True, True]


def test_the_bound_holds(cache, tmp_path):
    for number in range(100):
        keep(cache, tmp_path, os.urandom(10 + 7 * number % 240))
        assert kept_bytes(tmp_path) <= 1000
    large = keep(cache, tmp_path, b"z" * 600)
    assert taken(cache, large, tmp_path / "large") is None


def test_what_was_damaged_is_not_handed_out(cache, tmp_path):
    digest = keep(cache, tmp_path, b"content")
    assert taken(cache, digest, tmp_path / "before") == b"content"
    path = tmp_path / "cache" / "contents" / digest[7:9] / digest[9:]
    path.chmod(0o644)
    path.write_bytes(b"CONTENT")
    assert cache.open(digest) is None
    assert taken(cache, digest, tmp_path / "after") is None
    assert taken(ReadCache(tmp_path / "cache", 1000), digest, tmp_path / "other") is None
    assert keep(cache, tmp_path, b"content") == digest
    assert taken(cache, digest, tmp_path / "again") == b"content"


def test_leftovers_of_killed_processes_go(cache, tmp_path):
    keep(cache, tmp_path, b"a")
    for name, age in (("old", 48 * 3600), ("new", 60)):
        path = tmp_path / "cache" / "incoming" / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    keep(ReadCache(tmp_path / "cache", 1000), tmp_path, b"b")
    assert [path.name for path in (tmp_path / "cache" / "incoming").iterdir()] == ["new"]


STRESS = """
import os, random, sys
from pathlib import Path
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.read_cache import ReadCache
folder = Path(sys.argv[1]) / sys.argv[2]
folder.mkdir()
cache = ReadCache(Path(sys.argv[1]) / "cache", 5000)
chance = random.Random(int(sys.argv[2]))
hits = 0
for turn in range(300):
    content = bytes([chance.randrange(30)]) * 400
    digest, place = digest_bytes(content), folder / str(turn)
    if cache.fetch(digest, place, link=True):
        hits += 1
        assert place.read_bytes() == content
    else:
        place.write_bytes(content)
        cache.add(digest, place)
print(hits)
"""


def test_several_processes_share_it(tmp_path):
    command = [sys.executable, "-c", STRESS, str(tmp_path)]
    running = [subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True) for number in range(3)]
    hits = [int(process.communicate(timeout=60)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert all(hits)
    assert kept_bytes(tmp_path) <= 5000 + 3 * 5000 // 4


def test_a_store_reads_once(minio_server, tmp_path):
    bucket = minio_server.bucket()
    store = S3ArtifactStore(bucket, ReadCache(tmp_path / "cache", 1 << 20))
    digest = store.put_bytes(b"content")
    store.fetch(digest, tmp_path / "first")
    bucket.delete([f"blake3/{digest[7:9]}/{digest[9:]}"])
    store.fetch(digest, tmp_path / "second", link=False)
    (tmp_path / "second").write_bytes(b"changed by its owner")
    with store.open(digest) as stream:
        assert stream.read() == b"content"
    assert not store.exists(digest)
