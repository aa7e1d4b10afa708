"""Keys of an object store: found where the user keeps them, and never shown."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.targets import Storage

# Names of an access key, its secret and a session token in the environment or in a secret, KFP's own first.
_VARIABLES = (
    ("accesskey", "secretkey", "AWS_SESSION_TOKEN"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "MINIO_SESSION_TOKEN"),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key with its secret. `repr` shows neither, and pickling is refused, so that they stay in memory."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str | None = field(repr=False, default=None)

    def redact(self, text: str) -> str:
        """Blot out the keys in a text of foreign origin."""
        for word in (self.secret_key, self.session_token, self.access_key):
            if word:
                text = text.replace(word, "***")
        return text

    def __reduce__(self) -> str:
        raise TypeError("credentials are not written anywhere")


ANONYMOUS = Credentials("", "")
"""For what is public, such as data that a pipeline imports; a target's bucket always needs keys."""


def credentials_of_secret(storage: Storage, secret: Mapping[str, str], name: str = "") -> Credentials:
    """Keys from the (decoded) data of a Kubernetes Secret. Raises `KfpError` KFP420 that names the missing field."""
    missing = [one for one in (storage.access_key_field, storage.secret_key_field) if not secret.get(one)]
    if missing:
        raise KfpError(
            "KFP420",
            f"the Secret {name or storage.secret_name} has no {' and no '.join(missing)}",
            hint="name the fields that it has by access_key_field and secret_key_field"
            + (f": {', '.join(sorted(secret))}" if secret else ""),
        )
    token = secret.get(storage.session_token_field or "AWS_SESSION_TOKEN")
    return Credentials(secret[storage.access_key_field], secret[storage.secret_key_field], token or None)


def find_credentials(storage: Storage, environment: Mapping[str, str] | None = None) -> Credentials:
    """Keys from the configured file or profile if there is one, else the environment, else ``~/.aws/credentials``.

    Raises `KfpError` KFP420 if there are none: nothing is ever asked anonymously.
    """
    variables = os.environ if environment is None else environment
    if storage.credentials_file or storage.profile:
        return _from_file(storage, variables)
    return environment_credentials(variables) or _from_file(storage, variables)


def environment_credentials(variables: Mapping[str, str]) -> Credentials | None:
    """Keys among variables, or among the fields of a secret, by one of the usual pairs of names."""
    for access, secret, token in _VARIABLES:
        if variables.get(access) and variables.get(secret):
            return Credentials(variables[access], variables[secret], variables.get(token) or None)
    return None


def _from_file(storage: Storage, variables: Mapping[str, str]) -> Credentials:
    configured = storage.credentials_file or variables.get("AWS_SHARED_CREDENTIALS_FILE")
    path = Path(configured or "~/.aws/credentials").expanduser()
    profile = storage.profile or variables.get("AWS_PROFILE") or "default"
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _none(storage, f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _none(storage, f"{path} cannot be read ({type(error).__name__})") from None
    except configparser.Error as error:  # its text quotes the line, which may hold a key
        raise _none(storage, f"{path} is not in the form of ~/.aws/credentials ({type(error).__name__})") from None
    section = parser[profile] if parser.has_section(profile) else {}
    access, secret = section.get("aws_access_key_id"), section.get("aws_secret_access_key")
    if not access or not secret:
        raise _none(storage, f"{path} has no keys in a section [{profile}]")
    return Credentials(access, secret, section.get("aws_session_token") or None)


def _none(storage: Storage, why: str) -> KfpError:
    return KfpError(
        "KFP420",
        f"there are no keys for the bucket {storage.bucket} at {storage.address}: {why}",
        hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file or profile in the target's storage",
        details={"bucket": storage.bucket, "endpoint": storage.address},
    )
