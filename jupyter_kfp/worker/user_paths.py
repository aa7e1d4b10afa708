"""Which paths are the user's: not Python's, the system's, or our own."""

# ruff: noqa: PTH109, PTH111, PTH118, PTH120
# Paths are text here: this runs for every file that a step opens, and a `Path` costs more than the rest.

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable

import jupyter_kfp

_SYSTEM = ("/bin/", "/dev/", "/etc/", "/lib", "/proc/", "/run/", "/sbin/", "/snap/", "/sys/", "/usr/")
_CACHES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "NUMBA_CACHE_DIR")


class UserPaths:
    """Decides for one process."""

    def __init__(self, folder: str, own: Iterable[str] = ()) -> None:
        """`folder` is where the notebook lies; `own` are folders and files of ours."""
        self._own = frozenset(own)
        places = [*self._own, *_python_folders(), *(os.environ[name] for name in _CACHES if os.environ.get(name))]
        # Settings and caches of programs; also the kernel's own.
        hidden = os.path.join(os.path.expanduser("~"), ".")
        folders = {place.rstrip(os.sep) + os.sep for place in places if place and place != os.sep}
        self._ignored = (*_SYSTEM, hidden, *sorted(folders))
        here = folder.rstrip(os.sep) + os.sep
        # Notebooks may lie below such a place; then only what lies deeper, such as an environment beside the notebook,
        # is not the user's.
        self._here = here if here.startswith(self._ignored) else None
        self._below = tuple(each for each in self._ignored if each.startswith(here) and each != here)

    def ignores(self, path: str) -> bool:
        """Whether an absolute path is of no interest."""
        if path in self._own:
            return True
        if not path.startswith(self._ignored):
            return False
        return self._here is None or not path.startswith(self._here) or path.startswith(self._below)


def absolute(path: object, folder: str | None = None) -> str | None:
    """Path as absolute, normalised text, without following links; None if it is none, such as a descriptor."""
    if isinstance(path, str):
        text = path
    elif isinstance(path, bytes | os.PathLike):
        text = os.fsdecode(path)
    else:
        return None
    if not text.startswith(os.sep):
        text = os.path.join(folder or os.getcwd(), text)
    return os.path.normpath(text) if "//" in text or "/." in text or text.endswith(os.sep) else text


def _python_folders() -> list[str]:
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, os.path.dirname(os.__file__)}
    folders |= {os.path.dirname(jupyter_kfp.__file__), site.getusersitepackages(), *site.getsitepackages()}
    return sorted(folders | {path for name, path in sysconfig.get_paths().items() if name in ("purelib", "platlib")})
