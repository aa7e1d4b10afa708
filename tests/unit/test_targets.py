"""Settings of object stores."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.targets import Storage, check_storage, storage_from


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "https://s3.amazonaws.com"),
        ({"endpoint": "minio.svc:9000"}, "https://minio.svc:9000"),
        ({"endpoint": "minio.svc:9000", "secure": False}, "http://minio.svc:9000"),
        ({"endpoint": "http://127.0.0.1:9000/"}, "http://127.0.0.1:9000"),
        ({"endpoint": "https://[::1]:9000"}, "https://[::1]:9000"),
        ({"endpoint": "https://s3.example.org", "secure": True}, "https://s3.example.org"),
    ],
)
def test_addresses(settings, address):
    assert storage_from({"bucket": "bucket", **settings}, "target x").address == address


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "bucket"),
        ({"bucket": "UPPER"}, "bucket"),
        ({"bucket": "a"}, "bucket"),
        ({"bucket": "a..b"}, "bucket"),
        ({"bucket": "bucket/prefix"}, "bucket"),
        ({"bucket": 3}, "bucket"),
        ({"bucket": "bucket", "endpoint": "http://host/bucket"}, "endpoint"),
        ({"bucket": "bucket", "endpoint": "http://user:word@host"}, "endpoint"),
        ({"bucket": "bucket", "endpoint": "ftp://host"}, "endpoint"),
        ({"bucket": "bucket", "prefix": "/a"}, "prefix"),
        ({"bucket": "bucket", "prefix": "a//b"}, "prefix"),
        ({"bucket": "bucket", "prefix": "a/../b"}, "prefix"),
        ({"bucket": "bucket", "endpoint": "http://host", "secure": True}, "secure"),
        ({"bucket": "bucket", "secret_key": "oops"}, "secret_key"),
    ],
)
def test_what_cannot_be_is_named(settings, field):
    with pytest.raises(KfpError) as caught:
        storage_from(settings, "target x")
    assert caught.value.code == "KFP424"
    assert "target x" in caught.value.message
    assert field in caught.value.message


def test_settings_survive_json():
    storage = Storage(bucket="bucket", endpoint="http://host:1", path_style=False, region="eu-1", ca_bundle="/ca.pem")
    assert msgspec.json.decode(msgspec.json.encode(storage), type=Storage) == storage
    assert storage.key("a/b") == "jupyter-kfp/a/b"
    assert Storage(bucket="bucket", prefix="").key("a/b") == "a/b"


@given(st.text(), st.text(), st.text())
def test_odd_settings_are_used_or_refused(bucket, endpoint, prefix):
    with suppress(KfpError):
        check_storage(Storage(bucket=bucket, endpoint=endpoint, prefix=prefix), "target x")
        assert not {"", ".", ".."} & set(prefix.split("/")) or not prefix
        assert "@" not in endpoint
