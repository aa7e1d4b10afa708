"""Objects in buckets of real servers."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from object_servers import KEYS, SECRET_KEY

from jupyter_kfp.artifacts.bucket_values import Patience
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.object_bucket import ObjectBucket
from jupyter_kfp.artifacts.s3_credentials import Credentials
from jupyter_kfp.errors import KfpError

LARGE = os.urandom(1 << 20) * 35


@pytest.fixture
def bucket(object_server) -> ObjectBucket:
    return object_server.bucket()


def refusal(call) -> KfpError:
    with pytest.raises(KfpError) as caught:
        call()
    assert SECRET_KEY not in str(caught.value)
    return caught.value


def test_objects_come_back(bucket):
    for data in (b"", b"x", b"line\n" * 1000):
        bucket.put("a/object", data)
        assert bucket.get("a/object") == data
        info = bucket.stat("a/object")
        assert (info.key, info.size) == ("a/object", len(data))
        with bucket.open("a/object") as stream:
            assert stream.read() == data
    assert bucket.uri("a/object") == f"s3://{bucket.storage.bucket}/{bucket.storage.prefix}/a/object"


def test_a_prefix_keeps_installations_apart(object_server):
    whole = object_server.bucket(prefix="")
    for prefix in ("team", "team/project"):
        one = ObjectBucket(object_server.storage(whole.storage.bucket, prefix=prefix), KEYS)
        one.put("key", prefix.encode())
    assert [info.key for info in one.list()] == ["key"]
    assert [info.key for info in whole.list()] == ["team/key", "team/project/key"]
    assert whole.get("team/key") == b"team"


def test_ranges(bucket):
    bucket.put("key", b"0123456789")
    assert bucket.get_range("key", 2, 3) == b"234"
    assert bucket.get_range("key", 8, 100) == b"89"
    assert bucket.get_range("key", 10, 5) == b""
    assert bucket.get_range("key", 0, 0) == b""
    with bucket.open("key", start=4) as stream:
        assert stream.read() == b"456789"


def test_listing_is_sorted_and_goes_on_where_it_was(bucket):
    for number in (3, 1, 2):
        bucket.put(f"runs/{number:03}", b"x" * number)
    bucket.put("other", b"")
    assert [(one.key, one.size) for one in bucket.list("runs/")] == [("runs/001", 1), ("runs/002", 2), ("runs/003", 3)]
    assert [one.key for one in bucket.list("runs/", start_after="runs/001")] == ["runs/002", "runs/003"]
    assert [one.key for one in bucket.list()] == ["other", "runs/001", "runs/002", "runs/003"]
    assert list(bucket.list("nothing/")) == []


def test_large_files_go_in_parts(bucket, tmp_path):
    (tmp_path / "file").write_bytes(LARGE)
    bucket.put_file("large", tmp_path / "file", digest=digest_bytes(LARGE))
    assert bucket.get_file("large", tmp_path / "back") == len(LARGE)
    assert (tmp_path / "back").read_bytes() == LARGE
    with bucket.open("large", start=20 << 20) as stream:
        assert stream.read() == LARGE[20 << 20 :]


@pytest.mark.parametrize("size", [100, 20 << 20])
def test_a_file_that_is_not_what_was_said_does_not_appear(bucket, tmp_path, size):
    (tmp_path / "file").write_bytes(LARGE[:size])
    assert refusal(lambda: bucket.put_file("key", tmp_path / "file", digest=digest_bytes(b"other"))).code == "KFP405"
    assert bucket.stat("key") is None


def test_what_is_there_stays(bucket):
    assert bucket.put_if_absent("key", b"first")
    assert not bucket.put_if_absent("key", b"second")
    assert bucket.get("key") == b"first"


def test_of_many_writers_one_wins_where_the_server_sees_to_it(seaweed_server):
    bucket, together = seaweed_server.bucket(), Barrier(6)

    def write(number: int) -> bool:
        together.wait(timeout=30)
        return bucket.put_if_absent("key", b"writer %d" % number)

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(write, range(6)))
    assert won.count(True) == 1
    assert bucket.get("key") == b"writer %d" % won.index(True)


def test_removal(bucket):
    for name in ("a", "b", "c"):
        bucket.put(name, b"")
    bucket.delete(["a", "c", "missing"])
    bucket.delete([])
    assert [one.key for one in bucket.list()] == ["b"]


def test_what_is_missing(bucket, tmp_path):
    assert bucket.stat("nothing") is None
    for call in (
        lambda: bucket.get("nothing"),
        lambda: bucket.get_range("nothing", 0, 5),
        lambda: bucket.open("nothing"),
        lambda: bucket.get_file("nothing", tmp_path / "file"),
    ):
        assert refusal(call).code == "KFP401"


def test_wrong_keys_and_buckets_are_told(object_server):
    storage = object_server.storage()
    quick = Patience(first=1.0, later=1.0)
    for keys in (Credentials("WRONGKEY", "wrong-secret-word"), Credentials(KEYS.access_key, "wrong-secret-word")):
        other = ObjectBucket(storage, keys, patience=quick)
        for call in (
            lambda other=other: other.stat("key"),
            lambda other=other: other.put("key", b""),
            lambda other=other: list(other.list()),
        ):
            error = refusal(call)
            assert error.code == "KFP425"
            assert "wrong-secret-word" not in str(error)
    nowhere = ObjectBucket(object_server.storage("no-such-bucket"), KEYS, patience=quick)
    for call in (lambda: nowhere.get("key"), lambda: nowhere.put("key", b""), lambda: list(nowhere.list())):
        assert refusal(call).code == "KFP426"
