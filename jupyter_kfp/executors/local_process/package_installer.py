"""Makes a virtual environment and installs packages into it: with uv where there is one, else with venv and pip."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.pip_prefix import PipCall, WantedPackages

_UNSAID = frozenset(
    {"--quiet", "-q", "--no-warn-script-location", "--disable-pip-version-check", "--user", "--no-input"}
)
_UV_FLAGS = {
    "--no-deps": "--no-deps",
    "--upgrade": "--upgrade",
    "-U": "--upgrade",
    "--pre": "--prerelease=allow",
    "--no-cache-dir": "--no-cache",
    "--force-reinstall": "--reinstall",
    "--no-index": "--no-index",
    "--require-hashes": "--require-hashes",
    "--no-build-isolation": "--no-build-isolation",
}
_UV_VALUES = {
    "--index-url": "--default-index",
    "-i": "--default-index",
    "--extra-index-url": "--index",
    "--find-links": "--find-links",
    "-f": "--find-links",
    "--trusted-host": "--allow-insecure-host",
    "-r": "--requirement",
    "--requirement": "--requirement",
    "-c": "--constraint",
    "--constraint": "--constraint",
    "-e": "--editable",
    "--editable": "--editable",
}
_UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "no-index": "UV_NO_INDEX",
}
"""Settings of pip (``pip config list``) that uv, which reads none of pip's files, knows under another name."""


def make_environment(folder: Path, wanted: WantedPackages) -> None:
    """Make a virtual environment of the running Python and install what is wanted; pip's output goes to stdout.

    Raises `KfpError` KFP387 if a package cannot be installed, KFP388 if not even the environment can be made.
    """
    if shutil.which("uv") is None or not _made_by_uv(folder, wanted):
        _make_by_pip(folder, wanted)
    if wanted.inherit:
        inherit_running(folder)


def environment_python(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


def _made_by_uv(folder: Path, wanted: WantedPackages) -> bool:
    """Whether uv could do it. It is stricter than pip in places, so that pip is asked where it could not."""
    calls = [_uv_arguments(call) for call in wanted.calls]
    if None in calls:
        return False
    environment = {**_uv_settings(_pip_settings(), os.environ), **os.environ}
    # --seed: code that calls pip while it runs finds one, as it does in an image of Python.
    commands = [["uv", "venv", "--quiet", "--seed", "--python", sys.executable, str(folder)]]
    commands += [["uv", "pip", "install", "--python", str(environment_python(folder)), *call] for call in calls if call]
    for command in commands:
        _say(command)
        if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode != 0:  # noqa: S603 - uv
            print("uv could not do it; trying pip", flush=True)  # noqa: T201 - the log of the task
            shutil.rmtree(folder, ignore_errors=True)
            return False
    return True


def _make_by_pip(folder: Path, wanted: WantedPackages) -> None:
    command = [sys.executable, "-m", "venv", str(folder)]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - venv
    if made.returncode != 0:
        raise KfpError(
            "KFP388",
            f"no virtual environment can be made in {folder}: {_last_line(made.stdout + made.stderr)}",
            hint="install uv, or Python's venv and ensurepip (python3-venv on Debian and Ubuntu)",
        )
    for call in wanted.calls:
        command = [str(environment_python(folder)), "-m", "pip", "install", *call]
        _say(command)
        _install(command, call)


def _install(command: Sequence[str], call: PipCall) -> None:
    settings = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
    with subprocess.Popen(  # noqa: S603 - pip of the new environment
        command, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        last = ""
        for line in process.stdout or ():
            print(line, end="", flush=True)  # noqa: T201 - the log of the task
            last = line.strip() if line.startswith("ERROR") else last
    if process.returncode != 0:
        packages = ", ".join(requirements(call)) or " ".join(call)
        raise KfpError(
            "KFP387",
            f"the packages {packages} cannot be installed: {last.removeprefix('ERROR: ') or 'pip failed'}",
            hint="the task's log has what pip printed; check names and versions, and whether the index can be reached",
        )


def requirements(call: PipCall) -> Iterator[str]:
    """What a call of pip installs, without its options."""
    words = iter(call)
    for word in words:
        if word in _UV_VALUES:
            next(words, None)
        elif not word.startswith("-"):
            yield word


def _uv_arguments(call: PipCall) -> list[str] | None:
    """The same for ``uv pip install``; None if it has an option that uv may not understand as pip does."""
    arguments: list[str] = []
    words = iter(call)
    for word in words:
        name, has_value, value = word.partition("=")
        if word in _UNSAID:
            continue
        if word in _UV_FLAGS:
            arguments.append(_UV_FLAGS[word])
        elif not word.startswith("-"):
            arguments.append(word)
        elif name in _UV_VALUES:
            arguments += [_UV_VALUES[name], value if has_value else next(words, "")]
        else:
            return None
    return arguments


def _pip_settings() -> dict[str, str]:
    """What pip is told by its files and environment here: names without their section, e.g. ``index-url``."""
    if find_spec("pip") is None:
        return {}
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603 - pip
    settings = {}
    for line in listed.stdout.splitlines() if listed.returncode == 0 else ():
        name, equals, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if equals and section in {"global", "install", ":env:"}:
            settings[key] = str(ast.literal_eval(value))
    return settings


def _uv_settings(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Environment variables that tell uv what pip was told; none of indexes if uv has been told of them itself."""
    if any(name in environment for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE")):
        return {}
    told = {_UV_VARIABLES[key]: value for key, value in settings.items() if key in _UV_VARIABLES and value}
    if "UV_NO_INDEX" in told and told["UV_NO_INDEX"].lower() not in {"1", "true", "yes", "on"}:
        del told["UV_NO_INDEX"]
    # As pip: the best version of all indexes, not that of the first which has the package.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **told}


def inherit_running(folder: Path) -> None:
    """Let code see the packages of the running environment behind its own."""
    library = next((folder / "lib").glob("python*/site-packages"))
    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (library / "_running_environment.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")


def _say(command: Sequence[str]) -> None:
    print("$", *command, flush=True)  # noqa: T201 - the log of the task


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"
