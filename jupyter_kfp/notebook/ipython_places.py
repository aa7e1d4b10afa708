"""Find IPython's special syntax in the source of a cell."""

from __future__ import annotations

import ast
import re
import warnings
from textwrap import dedent
from typing import Any, Literal

import msgspec

_ESCAPE = re.compile(r"[ \t]*()(%(?!%)(?=[^\W\d])|!)")
_ASSIGNED = re.compile(r"[ \t]*([^\W\d][\w.\[\], ]*(?::[^=]+)?=[ \t]*)(%(?!%)(?=[^\W\d])|!(?!=))")
_PROMPT = re.compile(r"^\s*(>>>|In \[\d+\]: )", re.MULTILINE)
_FIRST_PROMPT = re.compile(r"\s*In \[\d+\]: ")
_PLACEHOLDER = "..."


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of special syntax; lines count from 0."""

    kind: Literal["escape", "help"]
    line: int
    last_line: int
    column: int
    """Where the escape character stands (of help: where the statement begins)."""
    assigned: bool = False
    """Its value is assigned to what stands before it."""


def parse(text: str) -> ast.Module:
    """Parse Python without showing its warnings (they come when the cell runs). Raises as `ast.parse` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def begins_with_prompt(source: str) -> bool:
    """Whether the first line has IPython's prompt, ``In [1]: x = y``, which Python would take as an annotation."""
    return _FIRST_PROMPT.match(source) is not None


def find_places(source: str) -> tuple[list[str], list[Place]]:
    """Clean the source as IPython does (indentation, prompts) and find its special syntax; the lines stay in place.

    The usual kinds are found without IPython, whose import takes longer than the compilation of a small notebook.
    """
    lines = _clean(source)
    places = _find_common(lines)
    if places is None:
        places = _find_by_ipython(lines)
    return lines, places


def joined(lines: list[str], place: Place) -> str:
    """Text of the special syntax on one line, without the backslashes of continued lines."""
    parts = [lines[place.line][place.column :], *lines[place.line + 1 : place.last_line + 1]]
    return " ".join([part.rstrip()[:-1] for part in parts[:-1]] + [parts[-1].rstrip()])


def _clean(source: str) -> list[str]:
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    if _PROMPT.search(text):
        from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt

        blank = len(text) - len(text.lstrip("\n"))
        cleaned: list[str] = ipython_prompt(classic_prompt(split_lines(text[blank:])))
        text = "\n" * blank + "".join(cleaned)
    return split_lines(dedent(text))


def split_lines(text: str) -> list[str]:
    """Split where Python's tokeniser does (`str.splitlines` knows more ends); each line ends in a newline."""
    return [line + "\n" for line in text.removesuffix("\n").split("\n")]


def _find_common(lines: list[str]) -> list[Place] | None:
    """Find magics and shell commands at the beginning of a line; None if the source is not that simple.

    A candidate might be inside a string or an expression. So each is replaced by ``...``: only if Python then sees a
    statement in just that place for each of them, they are what they look like.
    """
    places = []
    trial = list(lines)
    index = 0
    while index < len(lines):
        match = _ESCAPE.match(lines[index]) or _ASSIGNED.match(lines[index])
        last = index
        if match:
            last = _last_line(lines, index)
            column = match.start(2)
            places.append(Place(kind="escape", line=index, last_line=last, column=column, assigned=bool(match[1])))
            _replace(trial, places[-1])
        index = last + 1
    try:
        tree = parse("".join(trial))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    seen = _placeholders(tree)
    wanted = {(place.line + 1, len(lines[place.line][: place.column].encode())) for place in places}
    return places if wanted <= seen else None


def _placeholders(tree: ast.Module) -> set[tuple[int, int]]:
    """Lines (from 1) and columns (in bytes of UTF-8) of statements that are or assign an ellipsis."""
    statements = [node for node in ast.walk(tree) if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign))]
    values = [node.value for node in statements if isinstance(node.value, ast.Constant) and node.value.value is ...]
    return {(value.lineno, value.col_offset) for value in values}


def _last_line(lines: list[str], line: int) -> int:
    while lines[line].endswith("\\\n") and line + 1 < len(lines):
        line += 1
    return line


def _replace(lines: list[str], place: Place) -> None:
    lines[place.line] = lines[place.line][: place.column] + _PLACEHOLDER + "\n"
    for index in range(place.line + 1, place.last_line + 1):
        lines[index] = "\n"


def _find_by_ipython(lines: list[str]) -> list[Place]:
    """Find all special syntax with IPython's own finders, one at a time, since what follows it may not tokenise."""
    from IPython.core import inputtransformer2

    ipython: Any = inputtransformer2  # it is typed only in part
    trial = list(lines)
    places: list[Place] = []
    finders = ipython.TransformerManager().token_transformers
    for _ in range(len(lines)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tokens = ipython.make_tokens_by_line(trial)
            found: list[Any] = [match for match in (finder.find(tokens) for finder in finders) if match]
        if not found:
            break
        first = min(found, key=lambda match: match.sortby())
        is_help = isinstance(first, ipython.HelpEnd)
        line, column = first.start_line, first.start_col
        place = Place(
            kind="help" if is_help else "escape",
            line=line,
            last_line=first.q_line if is_help else _last_line(trial, line),
            column=column,
            assigned=bool(trial[line][:column].strip()),
        )
        _replace(trial, place)
        places.append(place)
    return sorted(places, key=lambda place: place.line)
