"""Files of the user's own modules, as a compiled step carries them."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib

import msgspec
from blake3 import blake3

from jupyter_kfp.errors import KfpError


class ShippedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a module, with its content or only the digest of a content that is kept in ``x-jupyter-kfp``."""

    path: str
    """Seen from the notebook's folder, with ``/``; it may begin with ``../``."""
    digest: str
    """blake3 of the content."""
    text: str | None = None
    """The content, if it is UTF-8."""
    data: bytes | None = None
    """The content, if it is not."""

    @property
    def is_complete(self) -> bool:
        """Whether the content is here."""
        return self.text is not None or self.data is not None

    @property
    def content(self) -> bytes:
        """The content; empty if it is not here."""
        return self.text.encode() if self.text is not None else self.data or b""

    def reference(self) -> ShippedFile:
        """The same file without its content."""
        return ShippedFile(path=self.path, digest=self.digest)


class WatchedModule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A module that later steps use: what changes in it here must be known to the compiler."""

    used_by: list[str]
    """Names of the later steps."""
    variable: str
    """Name under which its state travels, if it does."""
    carried: list[str] = []
    """Data that travels so."""
    ignored: list[str] = []
    """Data that is another module's, or that only remembers what can be computed again."""


class ShippedModules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The user's own modules, as one step gets them: all of the pipeline's, since values may refer to any of them."""

    files: list[ShippedFile] = []
    names: list[str] = []
    """Names of the modules and packages that lie in folders where imports look."""
    carried: dict[str, list[str]] = {}
    """Data of modules that steps change, by module and name: it travels as one variable for each module."""
    watched: dict[str, WatchedModule] = {}
    """Modules that later steps use."""


def complete_modules(modules: ShippedModules) -> ShippedModules:
    """The same. Raises `KfpError` KFP333 if a content is kept elsewhere."""
    missing = next((file.path for file in modules.files if not file.is_complete), None)
    if missing is not None:
        raise KfpError(
            "KFP333",
            f"the command of the step holds only a reference to {missing}: together the user's modules are too long "
            "for a command line",
            hint="run the pipeline with jupyter kfp, which reads them from the file of the pipeline, or install the "
            "modules in the image of the step",
        )
    return modules


def shipped_file(path: str, content: bytes) -> ShippedFile:
    """A file with its content."""
    digest = f"blake3:{blake3(content).hexdigest()}"
    try:
        return ShippedFile(path=path, digest=digest, text=content.decode("utf-8"))
    except UnicodeDecodeError:
        return ShippedFile(path=path, digest=digest, data=content)


def pack_content(content: bytes) -> str:
    """Pack deterministically, for ``module_files`` of the extension."""
    return base64.b64encode(gzip.compress(content, compresslevel=9, mtime=0)).decode("ascii")


def unpack_content(path: str, digest: str, packed: str | None) -> ShippedFile:
    """The file with its content. Raises `KfpError` KFP333 if that is missing or is not the one that was meant."""
    try:
        content = gzip.decompress(base64.b64decode(packed or "", validate=True))
    except (binascii.Error, zlib.error, OSError, EOFError):
        content = b""
    file = shipped_file(path, content)
    if packed is None or file.digest != digest:
        raise KfpError(
            "KFP333",
            f"the pipeline refers to a content of {path} that it does not hold, or that is damaged",
            hint="compile the notebook again",
        )
    return file
