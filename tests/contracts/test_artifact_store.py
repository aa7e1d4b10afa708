"""What every artifact store must do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.artifacts.artifact_uri import digest_of_uri
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.artifacts.read_cache import ReadCache
from jupyter_kfp.artifacts.s3_store import S3ArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest

MISSING = digest_bytes(b"never stored")
CONTENTS = [b"", b"x", b"line\n" * 1000, os.urandom(3_000_000)]


def make_folder(root: Path) -> Path:
    (root / "variables" / "deep").mkdir(parents=True)
    (root / "assets").mkdir()
    (root / "saved_model.pb").write_bytes(b"model")
    (root / "variables" / "deep" / "Gewichte ü.bin").write_bytes(b"weights" * 1000)
    (root / "empty.txt").write_bytes(b"")
    (root / "run.sh").write_bytes(b"#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "link.pb").symlink_to(root / "saved_model.pb")
    return root


def tree(root: Path) -> dict[str, object]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), os.access(path, os.X_OK)) if path.is_file() else None
        for path in root.rglob("*")
    }


class ArtifactStoreContract:
    """Subclasses give the fixture `store`, empty."""

    @pytest.mark.parametrize("content", CONTENTS, ids=len)
    def test_bytes_come_back(self, store, content):
        digest = store.put_bytes(content)
        assert digest == digest_bytes(content)
        assert store.exists(digest)
        assert store.size(digest) == len(content)
        with store.open(digest) as stream:
            assert stream.read() == content
        store.verify(digest)
        assert list(store.list()) == [digest]

    @pytest.mark.parametrize("content", CONTENTS, ids=len)
    @pytest.mark.parametrize("move", [False, True])
    @pytest.mark.parametrize("vouched", [False, True])
    def test_a_file_comes_back(self, store, tmp_path, content, move, vouched):
        source = tmp_path / "file"
        source.write_bytes(content)
        digest = store.put_file(source, digest=digest_bytes(content) if vouched else None, move=move)
        assert digest == digest_bytes(content)
        assert source.exists() is not move
        with store.open(digest) as stream:
            assert stream.read() == content

    def test_the_same_bytes_are_stored_once(self, store, tmp_path):
        digests = {store.put_bytes(b"same"), store.put_bytes(b"same")}
        for move in (False, True):
            (tmp_path / "file").write_bytes(b"same")
            digests.add(store.put_file(tmp_path / "file", move=move))
        assert list(store.list()) == list(digests)
        assert not (tmp_path / "file").exists()

    def test_a_folder_comes_back_with_all_that_is_in_it(self, store, tmp_path):
        folder = make_folder(tmp_path / "model")
        digest = store.put_folder(folder)
        assert store.put_folder(folder) == digest
        assert store.exists(digest)
        assert list(store.list()) == [digest]
        assert store.size(digest) == 5 + 7000 + 0 + 10 + 5
        store.verify(digest)
        for link in (True, False):
            store.fetch(digest, tmp_path / f"out-{link}", link=link)
            assert tree(tmp_path / f"out-{link}") == tree(folder)

    def test_the_digest_of_a_folder_depends_on_names_contents_and_modes(self, store, tmp_path):
        folder = make_folder(tmp_path / "model")
        digests = [store.put_folder(folder)]
        (folder / "run.sh").chmod(0o644)
        digests.append(store.put_folder(folder))
        (folder / "run.sh").rename(folder / "go.sh")
        digests.append(store.put_folder(folder))
        (folder / "go.sh").write_bytes(b"other")
        digests.append(store.put_folder(folder))
        (folder / "assets").rmdir()
        digests.append(store.put_folder(folder))
        assert len(set(digests)) == 5
        copy = make_folder(tmp_path / "copy")
        assert store.put_folder(copy) == digests[0]

    def test_an_empty_folder(self, store, tmp_path):
        (tmp_path / "empty").mkdir()
        digest = store.put_folder(tmp_path / "empty")
        assert store.size(digest) == 0
        store.fetch(digest, tmp_path / "out")
        assert list((tmp_path / "out").iterdir()) == []

    def test_deleting_one_content_breaks_no_other(self, store, tmp_path):
        single = store.put_bytes(b"model")
        folder = make_folder(tmp_path / "model")
        whole = store.put_folder(folder)
        store.delete([single])
        store.verify(whole)
        single = store.put_bytes(b"model")
        store.delete([whole])
        store.verify(single)
        assert list(store.list()) == [single]

    def test_fetched_files(self, store, tmp_path):
        digest = store.put_bytes(b"content")
        store.fetch(digest, tmp_path / "a" / "b" / "linked")
        store.fetch(digest, tmp_path / "copied", link=False)
        assert (tmp_path / "a" / "b" / "linked").read_bytes() == b"content"
        assert (tmp_path / "a" / "b" / "linked").stat().st_mode & 0o222 == 0
        (tmp_path / "copied").write_bytes(b"changed")
        store.verify(digest)
        store.fetch(digest, tmp_path / "copied")
        assert (tmp_path / "copied").read_bytes() == b"content"

    def test_delete_frees_and_ignores_what_is_missing(self, store):
        digests = [store.put_bytes(b"a" * 10), store.put_bytes(b"b" * 20)]
        assert store.delete([digests[0], MISSING]) == 10
        assert not store.exists(digests[0])
        assert store.exists(digests[1])
        assert store.delete([]) == 0

    def test_the_uri_leads_back_to_the_digest(self, store, tmp_path):
        digest = store.put_bytes(b"content")
        assert digest_of_uri(store.uri(digest)) == digest
        assert digest_of_uri(store.uri(digest) + "/file/in/folder") == digest
        assert digest_of_uri("s3://bucket/other") is None

    def test_what_is_not_there_is_kfp401(self, store, tmp_path):
        assert not store.exists(MISSING)
        for call in (
            lambda: store.size(MISSING),
            lambda: store.open(MISSING),
            lambda: store.fetch(MISSING, tmp_path / "out"),
            lambda: store.verify(MISSING),
            lambda: store.put_file(tmp_path / "missing"),
        ):
            with pytest.raises(KfpError) as caught:
                call()
            assert caught.value.code == "KFP401"
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        "text", ["", "../../etc/passwd", "blake3:short", "blake3:" + "G" * 64, "sha256:" + "a" * 64]
    )
    def test_what_is_no_digest_is_kfp406(self, store, text):
        with pytest.raises(KfpError) as caught:
            store.exists(Digest(text))
        assert caught.value.code == "KFP406"

    def test_what_cannot_be_in_a_folder_is_named(self, store, tmp_path):
        folder = tmp_path / "folder"
        (folder / "inner").mkdir(parents=True)
        odd = [folder / "to-folder", folder / "broken", folder / "pipe"]
        for path in odd:
            if path.name == "to-folder":
                path.symlink_to(folder / "inner")
            elif path.name == "broken":
                path.symlink_to(folder / "nothing")
            else:
                os.mkfifo(path)
            with pytest.raises(KfpError, match=path.name) as caught:
                store.put_folder(folder)
            assert caught.value.code == "KFP407"
            path.unlink()
        assert list(store.list()) == []


class TestLocal(ArtifactStoreContract):
    @pytest.fixture
    def store(self, tmp_path) -> ArtifactStore:
        return LocalArtifactStore(tmp_path / "artifacts")


class TestS3(ArtifactStoreContract):
    @pytest.fixture
    def store(self, object_server) -> ArtifactStore:
        return S3ArtifactStore(object_server.bucket())


class TestS3WithCache(ArtifactStoreContract):
    @pytest.fixture
    def store(self, minio_server, tmp_path) -> ArtifactStore:
        return S3ArtifactStore(minio_server.bucket(), ReadCache(tmp_path / "cache", 1 << 30))
