"""Virtual environments for ``packages_to_install``: one for each set of packages, made once, shared by all runs.

``<folder>/<key>/`` is an environment, made where it will stay because its scripts name their interpreter. It is
complete when ``environment.json`` is in it, which is written last. ``<folder>/<key>.lock`` is locked alone while the
environment is made or removed, and together by everything that uses it. The lock belongs to an open file that the
command inherits: the operating system releases it when the last process that uses the environment has ended.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import sysconfig
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import msgspec

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.package_installer import environment_python, make_environment, requirements
from jupyter_kfp.executors.local_process.pip_prefix import PipCall, WantedPackages

_FORMAT = 1
_RECORD = "environment.json"
_ALTERS_NOTHING = frozenset({"--quiet", "-q", "--no-warn-script-location", "--no-deps", "--disable-pip-version-check"})


class EnvironmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Content of ``environment.json``."""

    calls: list[list[str]]
    """Arguments of ``pip install``."""
    python: str
    """Version."""
    created_at: float
    """Seconds since the epoch."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class PackageEnvironment:
    """An environment that is ready."""

    python: Path
    lock: int | None = None
    """Descriptor that keeps the environment from being removed; the command inherits it. None: nobody removes it."""

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that make it the environment of a command: its programs come first."""
        folder = self.python.parent
        variables = {"PATH": os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])}
        return variables if self.lock is None else {**variables, "VIRTUAL_ENV": str(folder.parent)}

    def release(self) -> None:
        """Let go of it, once the command that uses it has started."""
        if self.lock is not None:
            os.close(self.lock)


class StoredEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that lies in the cache."""

    key: str
    packages: list[str]
    size: int
    """Bytes."""
    used_at: float
    """When a task last started in it, seconds since the epoch."""


class PackageEnvironments:
    """The cache of environments in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self._folder

    def find(self, wanted: WantedPackages) -> PackageEnvironment | None:
        """An environment that has what is wanted, at once; None if one has to be made first (`make`).

        The running environment will do if it has everything already.
        """
        if satisfied(wanted):
            return PackageEnvironment(Path(sys.executable))
        key = _key(wanted)
        return self._opened(key) if (self._folder / key).is_dir() else None

    def make(self, wanted: WantedPackages) -> PackageEnvironment:
        """The same, but make it if need be. May take minutes; waits for another process that makes the same one.

        Raises `KfpError` KFP387, KFP388 (see `make_environment`), KFP389 (the folder cannot be written).
        """
        key = _key(wanted)
        while (found := self.find(wanted)) is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                lock = self._lock(key)
            except OSError as error:
                raise self._unwritable(error) from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self._record(key) is None:
                    self._make_here(key, wanted)
            finally:
                os.close(lock)
        return found

    def stored(self) -> list[StoredEnvironment]:
        """What is there, the longest unused first."""
        found = []
        for path in self._folder.glob(f"*/{_RECORD}"):
            record = self._record(path.parent.name)
            if record is not None:
                packages = [package for call in record.calls for package in requirements(tuple(call))]
                used_at = path.stat().st_mtime
                found.append(
                    StoredEnvironment(key=path.parent.name, packages=packages, size=record.size, used_at=used_at)
                )
        return sorted(found, key=lambda environment: environment.used_at)

    def unused(self, *, since: float) -> list[StoredEnvironment]:
        """Environments in which no task has started since then, seconds since the epoch, and none runs."""
        return [
            stored for stored in self.stored() if stored.used_at < since and self._try_alone(stored.key, remove=False)
        ]

    def remove(self, keys: Iterable[str]) -> list[str]:
        """Remove environments, and what is left of those that were never completed; those in use stay.

        Returns the keys of those that are gone.
        """
        self._remove_incomplete()
        return [key for key in keys if self._try_alone(key, remove=True)]

    def _opened(self, key: str) -> PackageEnvironment | None:
        lock = self._lock(key)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if self._record(key) is not None:
                os.utime(self._folder / key / _RECORD)
                return PackageEnvironment(environment_python(self._folder / key), lock)
        except BlockingIOError:  # it is being removed
            pass
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        return None

    def _record(self, key: str) -> EnvironmentRecord | None:
        try:
            record = msgspec.json.decode((self._folder / key / _RECORD).read_bytes(), type=EnvironmentRecord)
        except (OSError, msgspec.MsgspecError):
            return None
        # Its interpreter is a link: the Python that it was made of may be gone.
        return record if environment_python(self._folder / key).exists() else None

    def _make_here(self, key: str, wanted: WantedPackages) -> None:
        folder = self._folder / key
        shutil.rmtree(folder, ignore_errors=True)  # left by a process that died
        try:
            make_environment(folder, wanted)
            size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
            record = EnvironmentRecord(
                calls=[list(call) for call in wanted.calls],
                python=sys.version.split()[0],
                created_at=time.time(),
                size=size,
            )
            unfinished = folder / f"{_RECORD}.part"
            unfinished.write_bytes(msgspec.json.encode(record))
            unfinished.replace(folder / _RECORD)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise self._unwritable(error) from error
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _lock(self, key: str) -> int:
        return os.open(self._folder / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def _try_alone(self, key: str, *, remove: bool) -> bool:
        """Whether nobody uses it; then it is removed if so wished. Its lock stays: others may wait for it."""
        lock = self._lock(key)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            if remove:
                (self._folder / key / _RECORD).unlink(missing_ok=True)
                shutil.rmtree(self._folder / key, ignore_errors=True)
            return True
        finally:
            os.close(lock)

    def _remove_incomplete(self) -> None:
        for path in self._folder.glob("*/pyvenv.cfg"):
            if self._record(path.parent.name) is None:
                self._try_alone(path.parent.name, remove=True)

    def _unwritable(self, error: OSError) -> KfpError:
        return KfpError(
            "KFP389",
            f"the environment for a task's packages cannot be made in {self._folder}: {error.strerror or error}",
            hint="free some space (jupyter kfp cache prune), or choose another folder with JUPYTER_KFP_HOME",
        )


def satisfied(wanted: WantedPackages) -> bool:
    """Whether the running environment has all that is wanted, in versions that will do."""
    return all(_call_satisfied(call) for call in wanted.calls)


def _call_satisfied(call: PipCall) -> bool:
    if any(word.startswith("-") and word not in _ALTERS_NOTHING for word in call):
        return False  # it names an index, a file, or wants the newest: only an installer can tell
    return all(_requirement_satisfied(text) for text in requirements(call))


def _requirement_satisfied(text: str, extra: str = "") -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(text)
    except InvalidRequirement:  # a path or the like
        return False
    if wanted.url is not None:
        return False
    if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
        return True
    try:
        found = metadata.distribution(wanted.name)
    except metadata.PackageNotFoundError:
        return False
    if not wanted.specifier.contains(found.version, prereleases=True):
        return False
    return all(
        _requirement_satisfied(needed, name)
        for name in wanted.extras
        for needed in found.requires or ()
        if "extra ==" in needed
    )


def _key(wanted: WantedPackages) -> str:
    """Name of the environment: everything that decides what is in it."""
    parts = {
        "format": _FORMAT,
        "calls": wanted.calls,
        "inherit": sys.prefix if wanted.inherit else "",
        "python": sys.version,
        "base": os.path.realpath(sys.base_prefix),
        "platform": sysconfig.get_platform(),
    }
    return digest_bytes(msgspec.json.encode(parts, order="sorted")).partition(":")[2][:24]
