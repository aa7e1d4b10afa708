"""``%%kfp step NAME [options]``: tags and options of a step, written as the first line of its cell.

``%%kfp step NAME [--after NAME]... [--image I] [--cpu N] [--cpu-request N] [--memory M] [--memory-request M]
[--retries N] [--timeout T] [--no-cache] [--env NAME=VALUE]...``; names with spaces stand in quotes. The meaning is that
of the tags and of ``cell.metadata.kfp``.
"""

from __future__ import annotations

import difflib
import itertools
import re
import shlex
from typing import Any, NamedTuple

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
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|'[^']*'|"(?:\\.|[^"\\])*")+""")


class MagicWord(NamedTuple):
    """A word of the magic's line, without quotes; columns count from 1, the end is behind it."""

    text: str
    line: int
    start: int
    end: int


class StepMagic(msgspec.Struct, frozen=True, kw_only=True):
    """What the magic of a cell says; ``options`` is not yet checked, and has the form of ``cell.metadata.kfp``."""

    step: str | None = None
    after: tuple[str, ...] = ()
    options: dict[str, Any] = {}


def has_step_magic(source: str) -> bool:
    """Whether the first line that is not blank is a ``%%kfp`` magic."""
    return source.lstrip("\r\n\t ").split(None, 1)[:1] == [_MAGIC]


def magic_words(source: str) -> list[MagicWord]:
    """The words of the magic's line. Raises `ValueError` if a quote is not closed."""
    blank = source[: len(source) - len(source.lstrip())]
    text = source[len(blank) :].split("\n", 1)[0]
    texts = shlex.split(text)
    number, indent = blank.count("\n") + 1, len(blank) - (blank.rfind("\n") + 1)
    places = list(_WORD.finditer(text))
    return [
        MagicWord(word, number, indent + place.start() + 1, indent + place.end() + 1)
        for word, place in zip(texts, places, strict=True)
    ]


def parse_step_magic(source: str, report: Report) -> StepMagic:
    """Read the magic of a cell; faults (KFP122, KFP103) are reported and left out of the result.

    `report` is told, beside code, message and hint, the ``words`` that are at fault and what to write ``instead``.
    """
    try:
        words = magic_words(source)[1:]
    except ValueError:
        report("KFP122", "a quote in the magic's line is not closed", "close it", [_first_word(source)])
        return StepMagic()
    if not words or words[0].text != "step":
        given = f"“{words[0].text}”" if words else "nothing"
        close = difflib.get_close_matches(words[0].text, ["step"], cutoff=0.7) if words else []
        instead = "step" if close else None
        at_fault = words[:1] or [_first_word(source)]
        report("KFP122", f"%%kfp is followed by {given}, not by step", "write %%kfp step NAME", at_fault, instead)
        return StepMagic()
    return _Words(words, report).read()


def _first_word(source: str) -> MagicWord:
    blank = source[: len(source) - len(source.lstrip())]
    start = len(blank) - (blank.rfind("\n") + 1) + 1
    return MagicWord(_MAGIC, blank.count("\n") + 1, start, start + len(_MAGIC))


def executed_source(source: str) -> str:
    """Source to execute where the magic is not loaded: its line becomes a comment, so that lines keep their numbers."""
    blank = source[: len(source) - len(source.lstrip("\r\n"))]
    line, newline, body = source[len(blank) :].partition("\n")
    # Another cell magic must be the first thing of its cell.
    return body if body.lstrip().startswith("%%") else f"{blank}# {line}{newline}{body}"


class _Words:
    def __init__(self, words: list[MagicWord], report: Report) -> None:
        self._step_word, *self._words = words
        self._report = report
        self._names: list[MagicWord] = []
        self._after: list[str] = []
        self._options: dict[str, Any] = {}

    def read(self) -> StepMagic:
        while self._words:
            word = self._words.pop(0)
            if word.text.startswith("--"):
                self._option(word, *word.text.partition("=")[::2], given="=" in word.text)
            elif word.text.startswith("-"):
                self._unknown(word, word.text)
            else:
                self._names.append(word)
        return StepMagic(step=self._step(), after=tuple(self._after), options=self._options)

    def _step(self) -> str | None:
        if not self._names:
            self._fault("%%kfp step names no step", "write %%kfp step NAME", self._step_word)
            return None
        if len(self._names) > 1:
            quoted = quoted_word(" ".join(name.text for name in self._names))
            together = all(one.end + 1 == other.start for one, other in itertools.pairwise(self._names))
            message, hint = f"%%kfp step has {len(self._names)} names", f"quote it: %%kfp step {quoted}"
            self._fault(message, hint, *self._names, instead=quoted if together else None)
            return None
        return check_step_name(self._names[0].text, "%%kfp step", self._report)

    def _option(self, word: MagicWord, option: str, value: str, *, given: bool) -> None:
        if option not in _OPTIONS:
            self._unknown(word, option)
            if self._names and self._words and not given and not self._words[0].text.startswith("-"):
                self._words.pop(0)  # its value, not a second name
            return
        if option == "--no-cache":
            if given:
                self._fault("--no-cache takes no value", "write --no-cache alone", word, instead="--no-cache")
            self._options["caching"] = False
            return
        if not given:
            if not self._words or self._words[0].text.startswith("--"):
                self._fault(f"{option} has no value", f"write {option} VALUE", word)
                return
            word = self._words.pop(0)
            value = word.text
        self._set(word, option, value)

    def _set(self, word: MagicWord, option: str, value: str) -> None:
        if option == "--after":
            name = check_step_name(value, option, self._report)
            self._after += [name] if name and name not in self._after else []
        elif option == "--env":
            name, equals, text = value.partition("=")
            if not equals or not name:
                self._fault(f"--env {value} has no “=”", "write --env NAME=VALUE", word)
            elif name in self._options.setdefault("env", {}):
                self._fault(f"--env {name} is given twice", "give it once", word)
            else:
                self._options["env"][name] = text
        elif _VALUES[option] in self._options:
            self._fault(f"{option} is given twice", "give it once", word)
        elif option == "--retries":
            if value.isdecimal():
                self._options["retries"] = int(value)
            else:
                self._fault(f"--retries {value} is not a whole number", "write e.g. --retries 3", word)
        else:
            self._options[_VALUES[option]] = value

    def _unknown(self, word: MagicWord, option: str) -> None:
        close = difflib.get_close_matches(option, _OPTIONS, n=1)
        suggestion = f"did you mean {close[0]}? " if close else ""
        hint = f"{suggestion}Allowed: {', '.join(_OPTIONS)}."
        instead = word.text.replace(option, close[0], 1) if close and quoted_word(word.text) == word.text else None
        self._fault(f"%%kfp step has no option {option}", hint, word, instead=instead)

    def _fault(self, message: str, hint: str, *words: MagicWord, instead: str | None = None) -> None:
        self._report("KFP122", message, hint, words, instead)


def quoted_word(text: str) -> str:
    """The text as one word of the line."""
    if shlex.quote(text) == text or set(text) & {'"', "\\", "$", "`"}:
        return shlex.quote(text)
    return f'"{text}"'
