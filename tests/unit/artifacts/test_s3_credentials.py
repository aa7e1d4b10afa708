"""Where keys of an object store are found, and that they stay where they are."""

from __future__ import annotations

import copy
import pickle

import pytest

from jupyter_kfp.artifacts.s3_credentials import Credentials, credentials_of_secret, find_credentials
from jupyter_kfp.errors import KfpError
from jupyter_kfp.targets import Storage

STORAGE = Storage(bucket="bucket", endpoint="http://127.0.0.1:9000")
FILE = """
[default]
aws_access_key_id = DEFAULT
aws_secret_access_key = default-%secret

[team]
aws_access_key_id = TEAM
aws_secret_access_key = team-secret
aws_session_token = team-token

[half]
aws_access_key_id = HALF
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(FILE)
    return tmp_path


def with_settings(**settings) -> Storage:
    return Storage(bucket="bucket", **settings)


def parts(keys: Credentials) -> tuple[str, str, str | None]:
    return keys.access_key, keys.secret_key, keys.session_token


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({}, ENVIRONMENT, ("ENV", "env-secret", None)),
        ({}, {**ENVIRONMENT, "AWS_SESSION_TOKEN": "token"}, ("ENV", "env-secret", "token")),
        ({}, {"MINIO_ACCESS_KEY": "M", "MINIO_SECRET_KEY": "m"}, ("M", "m", None)),
        ({}, {}, ("DEFAULT", "default-%secret", None)),
        ({}, {"AWS_PROFILE": "team"}, ("TEAM", "team-secret", "team-token")),
        ({"profile": "team"}, ENVIRONMENT, ("TEAM", "team-secret", "team-token")),
        ({"credentials_file": "~/.aws/credentials"}, ENVIRONMENT, ("DEFAULT", "default-%secret", None)),
    ],
)
def test_keys_are_found(home, settings, environment, expected):
    assert parts(find_credentials(with_settings(**settings), environment)) == expected


@pytest.mark.parametrize(
    ("settings", "environment", "said"),
    [
        ({"profile": "half"}, ENVIRONMENT, "[half]"),
        ({"profile": "none"}, {}, "[none]"),
        ({"credentials_file": "/no/such/file"}, ENVIRONMENT, "/no/such/file"),
        ({}, {"AWS_SHARED_CREDENTIALS_FILE": "/no/such/file"}, "/no/such/file"),
        ({}, {"AWS_ACCESS_KEY_ID": "ONLY", "AWS_SHARED_CREDENTIALS_FILE": "/none"}, "/none"),
    ],
)
def test_without_keys_nothing_is_asked(home, settings, environment, said):
    with pytest.raises(KfpError) as caught:
        find_credentials(with_settings(**settings), environment)
    assert caught.value.code == "KFP420"
    assert said in caught.value.message


def test_a_broken_file_is_named_but_not_quoted(tmp_path):
    (tmp_path / "keys").write_text("the-secret-word without a section\n")
    with pytest.raises(KfpError) as caught:
        find_credentials(with_settings(credentials_file=str(tmp_path / "keys")), {})
    assert caught.value.code == "KFP420"
    assert "the-secret-word" not in str(caught.value)
    assert str(tmp_path / "keys") in caught.value.message


def test_keys_of_a_secret():
    data = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    assert parts(credentials_of_secret(STORAGE, data)) == ("A", "b", "c")
    own = Storage(bucket="bucket", access_key_field="accesskey", secret_key_field="secretkey", secret_name="keys")
    assert parts(credentials_of_secret(own, {"accesskey": "A", "secretkey": "b"})) == ("A", "b", None)
    with pytest.raises(KfpError, match="Secret keys has no accesskey and no secretkey") as caught:
        credentials_of_secret(own, data)
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
    assert caught.value.code == "KFP420"


def test_keys_are_never_shown_nor_written():
    keys = Credentials("ACCESSWORD", "secret-word", "token-word")
    for text in (repr(keys), str(keys), f"{keys}", repr({"keys": [keys]})):
        assert not any(word in text for word in parts(keys))
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            write(keys)
    assert keys.redact("a secret-word, a token-word of ACCESSWORD") == "a ***, a *** of ***"
