"""What `jupyter kfp doctor` looks at."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from jupyter_kfp._version import __version__
from jupyter_kfp.cli.words import size
from jupyter_kfp.errors import KfpError
from jupyter_kfp.settings import Settings

_NEEDED = (
    *("papermill", "nbclient", "nbformat", "ipykernel", "jupyter_client", "jupyter_core", "sqlalchemy", "alembic"),
    *("msgspec", "blake3", "xxhash", "cloudpickle", "psutil", "PyYAML", "rich", "traitlets"),
)
_LITTLE_DISK, _TOO_LITTLE_DISK = 5 << 30, 500 << 20
_KERNEL_TIMEOUT = 30.0
_THIS_PYTHON = {"python", f"python{sys.version_info[0]}", "python" + ".".join(map(str, sys.version_info[:2]))}
_PROBE = (
    "import importlib.util as u, sys; "
    "print(sys.version.split()[0], *(int(u.find_spec(m) is not None) for m in ('ipykernel', 'jupyter_kfp')))"
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report."""

    status: Literal["ok", "warn", "fail"]
    what: str
    detail: str
    todo: str = ""
    """What to do about it."""


def all_findings(settings: Settings, config_files: Sequence[str]) -> Iterator[Finding]:
    """Look at everything, cheap things first."""
    yield _python()
    yield from _packages()
    files = ", ".join(config_files) or "none"
    yield Finding(status="ok", what="configuration", detail=f"files: {files}")
    yield _home(settings)
    yield _disk(settings)
    yield _database(settings)
    yield _forking(settings)
    yield from _kernels()


def _python() -> Finding:
    version = sys.version.split()[0]
    return Finding(status="ok", what="jupyter_kfp", detail=f"{__version__}, Python {version} at {sys.executable}")


def _packages() -> Iterator[Finding]:
    found, missing = [], []
    for name in _NEEDED:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        todo = f"{sys.executable} -m pip install {' '.join(missing)}"
        yield Finding(status="fail", what="packages", detail=f"missing: {', '.join(missing)}", todo=todo)
    yield Finding(status="ok", what="packages", detail=", ".join(found))


def _home(settings: Settings) -> Finding:
    home = settings.home
    todo = "Set $JUPYTER_KFP_HOME or --KfpApp.home to a folder that can be written."
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        return Finding(status="fail", what="home", detail=f"{home} cannot be written: {error.strerror}", todo=todo)
    return Finding(status="ok", what="home", detail=f"{home} (runs, artifacts, metadata)")


def _disk(settings: Settings) -> Finding:
    place = settings.home
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    detail = f"{size(free)} free for {settings.artifacts_folder}"
    if free >= _LITTLE_DISK:
        return Finding(status="ok", what="disk", detail=detail)
    todo = "Delete runs that are no longer needed: jupyter kfp runs, jupyter kfp delete RUN."
    return Finding(status="fail" if free < _TOO_LITTLE_DISK else "warn", what="disk", detail=detail, todo=todo)


def _database(settings: Settings) -> Finding:
    from jupyter_kfp.pipeline_service import PipelineService

    try:
        service = PipelineService(settings)
        try:
            newest = service.list_runs(limit=1)
        finally:
            service.close()
    except KfpError as error:
        detail = f"{error.code}: {error.message}"
        return Finding(status="fail", what="database", detail=detail, todo=error.hint or "")
    except Exception as error:  # noqa: BLE001  # a doctor reports what it finds, whatever it is
        todo = "Check KfpApp.database_url, and whether the file can be written."
        return Finding(status="fail", what="database", detail=f"{type(error).__name__}: {error}", todo=todo)
    state = "has runs" if newest else "no runs yet"
    return Finding(status="ok", what="database", detail=f"{_without_password(settings.sqlalchemy_url)} ({state})")


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    user = account.split(":", 1)[0]
    return f"{scheme}{separator}{user}{':***' if ':' in account else ''}{at}{place}" if at else url


def _forking(settings: Settings) -> Finding:
    possible = hasattr(os, "fork") and sys.platform == "linux"
    if settings.fork_kernels is False:
        return Finding(status="ok", what="forked kernels", detail="switched off (KfpApp.fork_kernels)")
    if possible:
        detail = "possible: steps start in tens of milliseconds"
        return Finding(status="ok", what="forked kernels", detail=detail)
    return Finding(
        status="warn" if settings.fork_kernels else "ok",
        what="forked kernels",
        detail=f"not safe on {sys.platform}: kernels are started anew, about half a second each",
        todo="Leave KfpApp.fork_kernels unset." if settings.fork_kernels else "",
    )


def _kernels() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager

    specs = KernelSpecManager().get_all_specs()
    if not specs:
        todo = f"{sys.executable} -m pip install ipykernel && {sys.executable} -m ipykernel install --user"
        yield Finding(status="fail", what="kernels", detail="none found", todo=todo)
    for name, found in sorted(specs.items()):
        yield _kernel(name, found["spec"])


def _kernel(name: str, spec: dict[str, object]) -> Finding:
    what = f"kernel {name}"
    argv = spec.get("argv")
    if str(spec.get("language", "")).lower() != "python":
        detail = f"language {spec.get('language')}: steps run, but variables travel only between Python steps"
        return Finding(status="warn", what=what, detail=detail)
    program = str(argv[0]) if isinstance(argv, list) and argv else ""
    if program in _THIS_PYTHON:  # as jupyter_client does when it starts the kernel
        program = sys.executable
    if shutil.which(program) is None:
        todo = f"jupyter kernelspec remove {name}, or install the kernel again."
        return Finding(status="fail", what=what, detail=f"its program {program or '(none)'} does not exist", todo=todo)
    return _probe(what, program)


def _probe(what: str, program: str) -> Finding:
    try:
        # Away from the current folder, whose modules must not count as installed.
        command = [program, "-c", _PROBE]
        done = subprocess.run(  # noqa: S603  # the interpreter of a kernelspec that the user installed
            command,
            capture_output=True,
            text=True,
            timeout=_KERNEL_TIMEOUT,
            check=True,
            cwd=Path(tempfile.gettempdir()),
        )
        version, has_kernel, has_us = done.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Finding(status="fail", what=what, detail=f"{program} does not run: {error}", todo="Install it again.")
    detail = f"Python {version} at {program}"
    if has_kernel == "0":
        todo = f"{program} -m pip install ipykernel"
        return Finding(status="fail", what=what, detail=f"{detail}; without ipykernel", todo=todo)
    if has_us == "0":
        todo = f"{program} -m pip install jupyter-kfp"
        return Finding(status="warn", what=what, detail=f"{detail}; without jupyter_kfp", todo=todo)
    return Finding(status="ok", what=what, detail=detail)
