"""Where a content lies inside a store, and the way back from an address to the digest."""

from __future__ import annotations

import re

from jupyter_kfp.artifacts.content_digest import PREFIX
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest

_DIGEST = re.compile(PREFIX + "([0-9a-f]{2})([0-9a-f]{62})")
_KEY = re.compile(r"(?:^|/)blake3/([0-9a-f]{2})/([0-9a-f]{62})(?:/|$)")


def content_key(digest: Digest) -> str:
    """Key of a content in a store, ``blake3/ab/cdef...``: the same in a folder and in a bucket.

    Raises `KfpError` KFP406 for a text that is no digest, so that no path can be made from foreign input.
    """
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise KfpError("KFP406", f"{digest!r} is not a content address", hint="it looks like blake3:<64 hex digits>")
    return f"blake3/{match[1]}/{match[2]}"


def digest_of_uri(uri: str) -> Digest | None:
    """Digest of the content that an address made by a store points to; None for addresses of other origin."""
    match = _KEY.search(uri)
    return Digest(f"{PREFIX}{match[1]}{match[2]}") if match else None
