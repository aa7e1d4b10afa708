"""The page of a rule, with what its wrong notebook makes `jupyter kfp check` say: for the terminal and for the docs."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from jupyter_kfp.compiler.rule_examples import read_example, said_of_example
from jupyter_kfp.compiler.rules import Rule

_TITLE = re.compile(r"^([^\n]+)\n-+\n", re.MULTILINE)
_CODE_MARK = re.compile(r"^::\n\n|(?<=:):(?=\n\n    )", re.MULTILINE)
_SECTION = re.compile(r"^(\w+)\n-+\n", re.MULTILINE)


def said_of_wrong(rule: Rule) -> str:
    """What is said of the wrong notebook of the page; nothing but what the rule itself says."""
    with tempfile.TemporaryDirectory() as folder:
        return said_of_example(read_example(rule.wrong), Path(folder))


def text_page(rule: Rule) -> str:
    """For a terminal."""
    says = "\n".join(f"    {line}".rstrip() for line in said_of_wrong(rule).splitlines())
    page = rule.page.strip().replace("\nRight\n-----\n", f"\nIt says\n-------\n::\n\n{says}\n\nRight\n-----\n")
    return f"{rule.code} ({rule.severity}): {plain_text(rule.title)}\n\n{plain_text(page)}\n"


def plain_text(page: str) -> str:
    """Text of a page without the marks of reStructuredText: those of titles, of names and of what follows as code."""
    lines = [
        line if line.startswith("    ") else line.replace("``", "`")
        for line in _TITLE.sub(r"\1\n\n", page).splitlines()
    ]
    return _CODE_MARK.sub("", "\n".join(lines))


def markdown_page(rule: Rule) -> str:
    """For the docs."""
    titles = ("What", "Why", "Wrong", "Right", "Fix")
    found = dict(zip(titles, _SECTION.split(rule.page)[2::2], strict=True))
    parts = [
        f"# {rule.code}: {_marked(rule.title)}\n\nSeverity: {rule.severity}\n",
        f"## What\n\n{_marked(found['What'])}\n",
        f"## Why\n\n{_marked(found['Why'])}\n",
        f"## Wrong\n\n```py\n{rule.wrong}\n```\n\n```text\n{said_of_wrong(rule)}\n```\n",
        f"## Right\n\n```py\n{rule.right}\n```\n",
        f"## Fix\n\n{_marked(found['Fix'])}\n",
    ]
    return "\n".join(parts)


def _marked(text: str) -> str:
    return text.strip().replace("``", "`")
