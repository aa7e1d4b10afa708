"""Headings of markdown cells, for steps that are named by them."""

from __future__ import annotations

import re

import msgspec

from jupyter_kfp.notebook.notebook import Notebook

DEEPEST_LEVEL = 3
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NOT_A_PARAGRAPH = re.compile(r" {0,3}([-*+>|]|\d+[.)])\s|\s*$|    ")
_MARKUP = (
    (re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r"<[^>]+>"), ""),
    (re.compile(r"(`+)(.+?)\1"), r"\2"),
    (re.compile(r"(\*{1,3}|~~)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """A heading of level 1 to 3; ``text`` is without markup."""

    cell: int
    level: int
    text: str


def step_headings(notebook: Notebook) -> list[Heading]:
    """Find the headings that start steps: those of the topmost level that occurs.

    A single heading of level 1 above all code and all other headings is the notebook's title, not a step.
    """
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    found = [heading for cell in texts for heading in _headings(cell.number, cell.source)]
    first_code = next((cell.number for cell in notebook.code_cells if cell.source.strip()), 0)
    titles = [heading for heading in found if heading.level == 1]
    if len(titles) == 1 and titles[0] is found[0] and titles[0].cell < first_code:
        found = found[1:]
    top = min((heading.level for heading in found), default=0)
    return [heading for heading in found if heading.level == top]


def plain_text(markdown: str) -> str:
    """Strip the markup of a line of markdown."""
    import html  # its table of entities takes milliseconds, and most notebooks have no step headings

    for pattern, replacement in _MARKUP:
        markdown = pattern.sub(replacement, markdown)
    return " ".join(html.unescape(markdown).split())


def _headings(cell: int, source: str) -> list[Heading]:
    found = []
    fence = ""
    before = ""
    for line in source.splitlines():
        opened = _FENCE.match(line)
        if opened and (not fence or opened[1].startswith(fence)):
            fence, before = ("" if fence else opened[1]), ""
            continue
        if fence:
            continue
        level, text = _heading_of(line, before)
        before = "" if level else line
        if level and level <= DEEPEST_LEVEL and plain_text(text):
            found.append(Heading(cell=cell, level=level, text=plain_text(text)))
    return found


def _heading_of(line: str, before: str) -> tuple[int, str]:
    match = _ATX.fullmatch(line)
    if match:
        return len(match[1]), match[2] or ""
    underline = _SETEXT.fullmatch(line)
    if underline and before and not _NOT_A_PARAGRAPH.match(before):
        return (1 if underline[1][0] == "=" else 2), before
    return 0, ""
