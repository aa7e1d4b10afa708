"""What the contract of stores leaves open, for buckets: any names and sizes, memory, links, reach of a removal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.artifacts.artifact_uri import digest_of_uri
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.s3_store import S3ArtifactStore
from jupyter_kfp.errors import KfpError

NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and len(name.encode()) <= 200
)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["minio", "seaweed"])
def bucket(request):
    return request.getfixturevalue(f"{request.param}_server").bucket()


@SLOW
@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=4), NAMES)
def test_folders_may_have_any_names(bucket, files, below):
    store = S3ArtifactStore(bucket)
    with tempfile.TemporaryDirectory() as root:
        source = Path(root) / "source" / below
        source.mkdir(parents=True)
        for name, content in files.items():
            (source / name).write_bytes(content)
        digest = store.put_folder(Path(root) / "source")
        store.fetch(digest, Path(root) / "back")
        assert {path.name: path.read_bytes() for path in (Path(root) / "back" / below).iterdir()} == files


KEY_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\\/", exclude_categories=["Cc", "Cs"])


@SLOW
@given(
    st.text(KEY_CHARACTERS, min_size=1, max_size=40).filter(lambda key: set(key) != {"."} and key == key.strip()),
    st.binary(max_size=200),
    st.integers(0, 250),
    st.integers(0, 250),
)
def test_keys_and_ranges(bucket, key, data, start, length):
    key = f"any/{key}"
    bucket.put(key, data)
    assert bucket.get(key) == data
    assert bucket.get_range(key, start, length) == data[start : start + length]
    assert key in [one.key for one in bucket.list("any/")]
    with bucket.open(key, start=min(start, len(data))) as stream:
        assert stream.read(length) == data[start : start + length]
    with urllib.request.urlopen(bucket.presigned_get(key, 60)) as answer:
        assert answer.read() == data
    bucket.delete([key])
    assert bucket.stat(key) is None


@pytest.mark.parametrize("size", [(16 << 20) - 1, 16 << 20, (16 << 20) + 1, 32 << 20])
def test_sizes_about_a_part(minio_server, tmp_path, size):
    bucket = minio_server.bucket()
    content = os.urandom(1024) * (size // 1024) + b"x" * (size % 1024)
    (tmp_path / "file").write_bytes(content)
    store = S3ArtifactStore(bucket)
    digest = store.put_file(tmp_path / "file")
    assert digest == digest_bytes(content)
    store.fetch(digest, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content


MEMORY = """
import json, resource, sys
from pathlib import Path
import msgspec
from jupyter_kfp.artifacts.object_bucket import ObjectBucket
from jupyter_kfp.artifacts.s3_credentials import find_credentials
from jupyter_kfp.targets import Storage
storage = msgspec.json.decode(sys.argv[1], type=Storage)
bucket = ObjectBucket(storage, find_credentials(storage))
bucket.put("warm", b"")
bucket.get("warm")
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
folder = Path(sys.argv[2])
bucket.put_file("large", folder / "file")
up = peak()
bucket.get_file("large", folder / "back")
print(json.dumps([before, up - before, peak() - before]))
"""


def test_large_files_need_little_memory(minio_server, tmp_path):
    piece = os.urandom(1 << 20)
    with (tmp_path / "file").open("wb") as file:
        for _ in range(200):
            file.write(piece)
    storage = msgspec.json.encode(minio_server.storage()).decode()
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, storage, str(tmp_path)],
        env={**os.environ, **minio_server.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    _, up, all_ = json.loads(done.stdout)
    assert up < 110, "MiB; five parts of 16 are under way at most"
    assert all_ < 120
    assert (tmp_path / "back").stat().st_size == 200 << 20


def test_links_open_a_content_and_no_folder(minio_server, tmp_path):
    bucket = minio_server.bucket()
    store = S3ArtifactStore(bucket)
    digest = store.put_bytes(b"content")
    link = store.link(digest, 60, file_name='a "model".bin')
    with urllib.request.urlopen(link) as answer:
        assert answer.read() == b"content"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a _model_.bin"'
    (tmp_path / "folder").mkdir()
    folder = store.put_folder(tmp_path / "folder")
    for wrong, code in ((folder, "KFP405"), (digest_bytes(b"none"), "KFP401")):
        for call in (lambda wrong=wrong: store.link(wrong, 60), lambda wrong=wrong: store.open(wrong)):
            with pytest.raises(KfpError) as caught:
                call()
            assert caught.value.code == code


def test_removing_a_folder_removes_its_files(minio_server, tmp_path):
    bucket = minio_server.bucket()
    store = S3ArtifactStore(bucket)
    (tmp_path / "folder").mkdir()
    for name in ("a", "b"):
        (tmp_path / "folder" / name).write_bytes(b"same")
    digest = store.put_folder(tmp_path / "folder")
    assert store.uri(digest).startswith(bucket.uri("blake3/"))
    assert digest_of_uri(store.uri(digest)) == digest
    assert store.delete([digest]) == 4
    assert list(bucket.list()) == []
