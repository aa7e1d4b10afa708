"""Words of command lines that may name files."""

# ruff: noqa: PTH119, PTH120
# Words of commands are text.

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator

_LONGEST = 255
_LISTING = frozenset({"ls", "find", "tree", "du"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_GLOB = "*?["


def command_words(command: object) -> list[str]:
    """Words of a command as text, bytes, or a list of words; what a shell is given as text is taken apart, too."""
    if isinstance(command, str | bytes):
        return _shell_words(os.fsdecode(command))
    if not isinstance(command, Iterable):
        return []
    words = [os.fsdecode(word) for word in command if isinstance(word, str | bytes | os.PathLike)]
    if len(words) > 2 and os.path.basename(words[0]) in _SHELLS and "c" in words[1]:
        return _shell_words(words[2])
    return words


def named_files(words: Iterable[str]) -> Iterator[str]:
    """Words, and values of options (``--out=x.csv``), that can be names of files."""
    for word in words:
        name = word.partition("=")[2] if word.startswith("-") else word
        if 0 < len(name) <= _LONGEST and not any(mark in name for mark in "\n\0*?") and "://" not in name:
            yield name


def listed_folders(words: list[str]) -> Iterator[str]:
    """Folders whose entries the command shows: of ``ls data``, ``find .``, and of patterns such as ``data/*.csv``."""
    for word in words:
        if any(mark in word for mark in _GLOB) and not word.startswith("-"):
            yield os.path.dirname(word[: min(word.index(mark) for mark in _GLOB if mark in word)]) or "."
    for index, word in enumerate(words):
        if os.path.basename(word) in _LISTING:
            given = [each for each in words[index + 1 :] if not each.startswith("-")]
            yield from given or ["."]


def _shell_words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:  # a lone quote
        return text.split()
