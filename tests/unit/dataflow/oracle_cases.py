"""The table of small notebooks, read from the modules in ``cases``; the format is described there."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field

import cases

TaggedCell = tuple[str, str]
"""Tags, separated by commas, and source. The tag ``markdown`` makes it a Markdown cell."""
_OWN_WORDS = {"setup", "parameters", "skip", "markdown", "raises-exception"}


@dataclass(frozen=True)
class Expected:
    """A diagnostic, or the error of a step; without a place it may be anywhere."""

    code: str
    cell: int | None = None
    line: int | None = None

    @property
    def is_of_run(self) -> bool:
        """Whether a step fails with it, while the notebook compiles."""
        return self.code >= "KFP300"


@dataclass(frozen=True)
class Case:
    """A notebook, the files beside it, and what has to become of it."""

    topic: str
    title: str
    cells: list[TaggedCell]
    files: dict[str, str] = field(default_factory=dict)
    expected: tuple[Expected, ...] = ()
    """Nothing: the pipeline gives what the notebook gives."""
    keepable: bool = False
    """Refused, though it could have been kept."""
    differs: bool = False
    """The diagnostic is a warning, and the pipeline does differ."""

    def __str__(self) -> str:
        return f"{self.topic}: {self.title}"


def cells_of(text: str) -> list[TaggedCell]:
    """Cells from text, without files."""
    return notebook_of_text(text)[0]


def notebook_of_text(text: str) -> tuple[list[TaggedCell], dict[str, str]]:
    """Cells and files from text."""
    cells: list[TaggedCell] = []
    files: dict[str, str] = {}
    file: str | None = None
    for line in text.split("\n"):
        if line.startswith("# %% "):
            cells.append((_tags(line[5:]), ""))
            file = None
        elif line.startswith("# file: "):
            file = line[8:].strip()
            files[file] = ""
        elif file is not None:
            files[file] += f"{line}\n"
        elif cells:
            cells[-1] = (cells[-1][0], f"{cells[-1][1]}{line}\n")
    return [(tags, source.strip("\n")) for tags, source in cells], files


def _tags(words: str) -> str:
    each = (word for word in words.split() if word != "-")
    return ",".join(word if word in _OWN_WORDS or ":" in word else f"step:{word}" for word in each)


def _case(topic: str, text: str) -> Case:
    head, _, body = text.strip("\n").partition("\n")
    title, arrow, codes = head.partition(" -> ")
    codes, _, mark = codes.partition(" (")
    assert mark in {"", "keepable)", "differs)"}, head
    expected = tuple(_expected(code.strip()) for code in codes.split(",")) if arrow else ()
    cells, files = notebook_of_text(body)
    return Case(topic, title.strip(), cells, files, expected, mark == "keepable)", mark == "differs)")


def _expected(text: str) -> Expected:
    code, _, place = text.partition("@")
    cell, _, line = place.partition(":")
    return Expected(code, int(cell) if cell else None, int(line) if line else None)


def _read_all() -> list[Case]:
    found = []
    for module in sorted(pkgutil.iter_modules(cases.__path__), key=lambda one: one.name):
        texts = importlib.import_module(f"cases.{module.name}")
        for kind in ("SAME", "REFUSED"):
            parts = [part for part in getattr(texts, kind, "").split("=====\n") if part.strip()]
            read = [_case(module.name, part) for part in parts]
            wrong = [str(one) for one in read if bool(one.expected) is not (kind == "REFUSED") or not one.cells]
            assert not wrong, f"{kind} of cases/{module.name}.py: {wrong}"
            found += read
    return found


CASES = _read_all()
SAME_CASES = [one for one in CASES if not one.expected]
REFUSED_CASES = [one for one in CASES if one.expected]
