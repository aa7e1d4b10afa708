"""Importers' downloads from real servers."""

from __future__ import annotations

import json

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.worker.s3_download import download_from_s3


@pytest.fixture
def address(object_server, monkeypatch) -> str:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", object_server.endpoint)
    bucket = object_server.bucket(prefix="")
    for key in ("data/one.csv", "data/deep/two.csv", "data2"):
        bucket.put(key, key.encode())
    return f"s3://{bucket.storage.bucket}"


@pytest.fixture
def secrets(object_server, tmp_path) -> str:
    access, secret = object_server.environment.values()
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"mlpipeline-minio-artifact": {"accesskey": access, "secretkey": secret}}))
    return str(path)


def test_an_object_and_all_below_a_key(address, secrets, tmp_path):
    one = download_from_s3(f"{address}/data/one.csv", tmp_path / "a", secrets)
    assert (one.name, one.read_bytes()) == ("one.csv", b"data/one.csv")
    many = download_from_s3(f"{address}/data", tmp_path / "b", secrets)
    found = {path.relative_to(many).as_posix(): path.read_bytes() for path in many.rglob("*") if path.is_file()}
    assert found == {"one.csv": b"data/one.csv", "deep/two.csv": b"data/deep/two.csv"}


@pytest.mark.parametrize("key", ["nothing", "dat", "data/none.csv"])
def test_what_is_not_there_is_told(address, secrets, tmp_path, key):
    with pytest.raises(KfpError, match="no such object") as caught:
        download_from_s3(f"{address}/{key}", tmp_path / "a", secrets)
    assert caught.value.code == "KFP398"


def test_keys_that_are_wrong_or_missing_are_told(address, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"any": {"accesskey": "WRONG", "secretkey": "very-secret-word"}}))
    for secrets in (str(wrong), ""):
        with pytest.raises(KfpError, match="cannot be used") as caught:
            download_from_s3(f"{address}/data/one.csv", tmp_path / "a", secrets)
        assert caught.value.code == "KFP398"
        assert "very-secret-word" not in str(caught.value)
