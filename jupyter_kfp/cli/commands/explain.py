"""``jupyter kfp explain [CODE...]``."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.error_examples import EXAMPLES
from jupyter_kfp.cli.error_index import ERRORS
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.errors import KfpError

if TYPE_CHECKING:
    from jupyter_kfp.compiler.rules import Rule

_WIDTH = 100
_MOST_NAMED = 12
"""Codes in a hint."""


class ExplainCommand(Command):
    """Explain codes of findings and errors: what they mean, why they matter, what to write instead.

    Without a code, all codes are listed.
    """

    verb = "explain"
    description = __doc__
    examples = """
        jupyter kfp explain KFP101
        jupyter kfp explain
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the codes."""
        syntax.repeated("codes", "CODE", "a code such as KFP101, or several")

    def execute(self) -> int:
        """Print the page of each rule, or what the index says of the error; without a code one line for each."""
        from jupyter_kfp.compiler.rule_pages import text_page
        from jupyter_kfp.compiler.rules import all_rules

        rules = {rule.code: rule for rule in all_rules()}
        wanted = [_code(word) for word in self.values.codes]
        for code in wanted:
            if code not in rules and code not in ERRORS:
                raise _no_page(code, sorted([*rules, *ERRORS]))
        if not wanted:
            return self._list(rules)
        if self.values.json:
            pages = [_facts(code, rules.get(code)) for code in wanted]
            print_json(pages[0] if len(pages) == 1 else {"pages": pages})
            return OK
        return print_text("\n".join(text_page(rules[code]) if code in rules else _error_page(code) for code in wanted))

    def _list(self, rules: dict[str, Rule]) -> int:
        from jupyter_kfp.compiler.rule_pages import plain_text

        codes = [
            *((rule.code, str(rule.severity), rule.title) for rule in rules.values()),
            *((code, "error", entry.meaning.rstrip(".")) for code, entry in ERRORS.items()),
        ]
        if self.values.json:
            names = ("code", "severity", "title")
            print_json({"codes": [dict(zip(names, one, strict=True)) for one in codes]})
            return OK
        return print_text("".join(f"{code}  {severity:7}  {plain_text(title)}\n" for code, severity, title in codes))


def _code(word: str) -> str:
    """The code that is meant: ``kfp101`` and ``101``, too."""
    found = re.fullmatch(r"(?:KFP)?(\d+)", word.strip().upper())
    return f"KFP{found[1]}" if found else word


def _facts(code: str, rule: Rule | None) -> dict[str, Any]:
    if rule is not None:
        facts = {"code": code, "severity": str(rule.severity), "title": rule.title, "page": rule.page}
        return {**facts, "wrong": rule.wrong, "right": rule.right}
    entry, example = ERRORS[code], EXAMPLES.get(code)
    shown = {"wrong": example.wrong.strip(), "right": example.right.strip()} if example else {}
    return {"code": code, "severity": "error", "title": entry.meaning, "fix": entry.remedy, **shown}


def _error_page(code: str) -> str:
    entry, example = ERRORS[code], EXAMPLES.get(code)
    parts = [textwrap.fill(f"{code} (error): {entry.meaning}", _WIDTH)]
    if example is not None:
        parts.append(f"Wrong\n\n{textwrap.indent(example.wrong.strip(), '    ')}")
        parts.append(f"Right\n\n{textwrap.indent(example.right.strip(), '    ')}")
    parts.append(f"Fix\n\n{textwrap.fill(entry.remedy, _WIDTH)}")
    return "\n\n".join(parts) + "\n"


def _no_page(wanted: str, known: list[str]) -> KfpError:
    begin_so = [code for code in known if wanted.startswith("KFP") and code.startswith(wanted)]
    near = f"Codes that begin so: {', '.join(begin_so[:_MOST_NAMED])}. " if begin_so else ""
    return KfpError(
        "KFP267",
        f"there is no page for {wanted}",
        hint=f"{near}jupyter kfp explain lists all codes; they begin with KFP1 to KFP5.",
        details={"code": wanted},
    )
