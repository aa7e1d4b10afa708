"""What a component's command installs before it runs the user's code.

``packages_to_install`` of a Python component becomes a shell script in front of its command, which calls pip at every
start and ends with ``&& "$0" "$@"`` (``kfp/dsl/component_factory.py`` of the KFP SDK). Here it is taken apart, so that
the packages can be installed once.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

PipCall = tuple[str, ...]
"""Arguments behind ``pip install``."""

_SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash"})
_ENSURE_PIP = re.compile(r'if ! \[ -x "\$\(command -v pip\)" \]; then\s[^\n]*ensurepip[^\n]*\s+fi\s', re.DOTALL)
_MAKE_VENV = re.compile(
    r"export PIP_DISABLE_PIP_VERSION_CHECK=1\s+tmp=\$\(mktemp -d\)\s+"
    r'python3 -m venv "\$tmp/venv" --system-site-packages\s+\. "\$tmp/venv/bin/activate"\s'
)
_REST = re.compile(r'&&\s*"\$0" "\$@"\s*\Z')
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*")
_EXPANDED = re.compile(r"[$`]")
_CALLS = (
    ("python3", "-m", "pip", "install"),
    ("python", "-m", "pip", "install"),
    ("pip", "install"),
    ("pip3", "install"),
)


@dataclass(frozen=True)
class WantedPackages:
    """Calls of pip, in their order."""

    calls: tuple[PipCall, ...] = ()
    inherit: bool = False
    """Whether packages of the running environment are seen behind those that are installed."""

    def __bool__(self) -> bool:
        """Whether anything is to be installed."""
        return bool(self.calls)


def split_pip_prefix(words: Sequence[str]) -> tuple[WantedPackages, list[str]]:
    """Part a command (with its arguments) into what it installs and what it runs then.

    A command that does not begin with the script of the SDK is returned as it is, and wants nothing.
    """
    unchanged = WantedPackages(), list(words)
    if len(words) < 4 or words[0] not in _SHELLS or words[1] != "-c":
        return unchanged
    script = words[2].strip()
    rest = _REST.search(script)
    if rest is None:
        return unchanged
    installs = _ENSURE_PIP.sub("", script[: rest.start()] + "\n", count=1)
    installs, makes_venv = _MAKE_VENV.subn(" ", installs)
    calls = _pip_calls(installs)
    if not calls:
        return unchanged
    return WantedPackages(calls, inherit=bool(makes_venv)), list(words[3:])


def _pip_calls(script: str) -> tuple[PipCall, ...] | None:
    """Arguments of each ``pip install`` of ``A && B && C``; None if there is anything else in it."""
    lexer = shlex.shlex(" ".join(script.split("\n")), posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    calls: list[PipCall] = []
    words: list[str] = []
    try:
        tokens = [*lexer, "&&"]
    except ValueError:  # quotes that do not end
        return None
    for token in tokens:
        if token != "&&":  # noqa: S105 - a token of the shell
            words.append(token)
            continue
        arguments = _arguments(words)
        if arguments is None:
            return None
        calls.append(arguments)
        words = []
    return tuple(calls)


def _arguments(words: list[str]) -> PipCall | None:
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    for start in _CALLS:
        if tuple(words[: len(start)]) == start:
            arguments = tuple(words[len(start) :])
            readable = not any(_EXPANDED.search(word) or set(word) <= set("();<>|&") for word in arguments)
            return arguments if arguments and readable else None
    return None
