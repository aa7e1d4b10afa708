"""``%%kfp step NAME [options]``: tags and options of a step, written as the first line of its cell.

``%%kfp step NAME [--after NAME]... [--image I] [--cpu N] [--cpu-request N] [--memory M] [--memory-request M]
[--retries N] [--timeout T] [--no-cache] [--env NAME=VALUE]...``; names with spaces stand in quotes. The meaning is that
of the tags and of ``cell.metadata.kfp``.
"""

from __future__ import annotations

import difflib
import shlex
from typing import Any

import msgspec

from jupyter_kfp.notebook.cell_tags import Report, check_step_name

_MAGIC = "%%kfp"
_VALUES = {
    "--image": "image",
    "--cpu": "cpu",
    "--cpu-request": "cpu_request",
    "--memory": "memory",
    "--memory-request": "memory_request",
    "--timeout": "timeout",
    "--retries": "retries",
}
_OPTIONS = (*_VALUES, "--after", "--env", "--no-cache")


class StepMagic(msgspec.Struct, frozen=True, kw_only=True):
    """What the magic of a cell says; ``options`` is not yet checked, and has the form of ``cell.metadata.kfp``."""

    step: str | None = None
    after: tuple[str, ...] = ()
    options: dict[str, Any] = {}


def has_step_magic(source: str) -> bool:
    """Whether the first line that is not blank is a ``%%kfp`` magic."""
    return source.lstrip("\r\n\t ").split(None, 1)[:1] == [_MAGIC]


def parse_step_magic(source: str, report: Report) -> StepMagic:
    """Read the magic of a cell; faults (KFP122, KFP103) are reported and left out of the result."""
    line = source.lstrip().splitlines()[0]
    try:
        words = shlex.split(line)[1:]
    except ValueError:
        report("KFP122", f"a quote in “{line}” is not closed", "close it")
        return StepMagic()
    if words[:1] != ["step"]:
        given = f"“{words[0]}”" if words else "nothing"
        report("KFP122", f"%%kfp is followed by {given}, not by step", "write %%kfp step NAME")
        return StepMagic()
    return _Words(words[1:], report).read()


def executed_source(source: str) -> str:
    """Source to execute where the magic is not loaded: its line becomes a comment, so that lines keep their numbers."""
    blank = source[: len(source) - len(source.lstrip("\r\n"))]
    line, newline, body = source[len(blank) :].partition("\n")
    # Another cell magic must be the first thing of its cell.
    return body if body.lstrip().startswith("%%") else f"{blank}# {line}{newline}{body}"


class _Words:
    def __init__(self, words: list[str], report: Report) -> None:
        self._words = words
        self._report = report
        self._names: list[str] = []
        self._after: list[str] = []
        self._options: dict[str, Any] = {}

    def read(self) -> StepMagic:
        while self._words:
            word = self._words.pop(0)
            if word.startswith("--"):
                self._option(*word.partition("=")[::2], given="=" in word)
            elif word.startswith("-"):
                self._unknown(word)
            else:
                self._names.append(word)
        return StepMagic(step=self._step(), after=tuple(self._after), options=self._options)

    def _step(self) -> str | None:
        if not self._names:
            self._report("KFP122", "%%kfp step names no step", "write %%kfp step NAME")
            return None
        if len(self._names) > 1:
            quoted = shlex.quote(" ".join(self._names))
            self._report("KFP122", f"%%kfp step has {len(self._names)} names", f"quote it: %%kfp step {quoted}")
            return None
        return check_step_name(self._names[0], "%%kfp step", self._report)

    def _option(self, option: str, value: str, *, given: bool) -> None:
        if option not in _OPTIONS:
            self._unknown(option)
            if self._names and self._words and not given and not self._words[0].startswith("-"):
                self._words.pop(0)  # its value, not a second name
            return
        if option == "--no-cache":
            if given:
                self._report("KFP122", "--no-cache takes no value", "write --no-cache alone")
            self._options["caching"] = False
            return
        if not given:
            if not self._words or self._words[0].startswith("--"):
                self._report("KFP122", f"{option} has no value", f"write {option} VALUE")
                return
            value = self._words.pop(0)
        self._set(option, value)

    def _set(self, option: str, value: str) -> None:
        if option == "--after":
            name = check_step_name(value, option, self._report)
            self._after += [name] if name and name not in self._after else []
        elif option == "--env":
            name, equals, text = value.partition("=")
            if not equals or not name:
                self._report("KFP122", f"--env {value} has no “=”", "write --env NAME=VALUE")
            elif name in self._options.setdefault("env", {}):
                self._report("KFP122", f"--env {name} is given twice", "give it once")
            else:
                self._options["env"][name] = text
        elif _VALUES[option] in self._options:
            self._report("KFP122", f"{option} is given twice", "give it once")
        elif option == "--retries":
            if value.isdecimal():
                self._options["retries"] = int(value)
            else:
                self._report("KFP122", f"--retries {value} is not a whole number", "write e.g. --retries 3")
        else:
            self._options[_VALUES[option]] = value

    def _unknown(self, option: str) -> None:
        close = difflib.get_close_matches(option, _OPTIONS, n=1)
        suggestion = f"did you mean {close[0]}? " if close else ""
        self._report("KFP122", f"%%kfp step has no option {option}", f"{suggestion}Allowed: {', '.join(_OPTIONS)}.")
