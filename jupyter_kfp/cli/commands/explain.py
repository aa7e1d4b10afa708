"""``jupyter kfp explain CODE``."""

from __future__ import annotations

import textwrap

from jupyter_kfp.cli.arguments import CommandSyntax, nearest
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.error_index import ERRORS
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.errors import KfpError

_WIDTH = 100


class ExplainCommand(Command):
    """Explain a code of a finding or an error: what it means, why it matters, what to write instead."""

    verb = "explain"
    description = __doc__
    examples = "jupyter kfp explain KFP101"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the code."""
        syntax.positional("code", "CODE", "a code such as KFP101")

    def execute(self) -> int:
        """Print the page of the rule, or what the index says of the error."""
        wanted = self.values.code.upper()
        wanted = wanted if wanted.startswith("KFP") else f"KFP{wanted}"
        error = ERRORS.get(wanted)
        if error is None:
            return self._explain_rule(wanted)
        if self.values.json:
            print_json({"code": wanted, "severity": "error", "title": error.meaning, "fix": error.remedy})
            return OK
        meaning = textwrap.fill(f"{wanted} (error): {error.meaning}", _WIDTH)
        return print_text(f"{meaning}\n\nFix\n---\n{textwrap.fill(error.remedy, _WIDTH)}\n")

    def _explain_rule(self, wanted: str) -> int:
        from jupyter_kfp.compiler.rule_pages import text_page
        from jupyter_kfp.compiler.rules import all_rules

        rules = {rule.code: rule for rule in all_rules()}
        rule = rules.get(wanted)
        if rule is None:
            raise _no_page(wanted, [*sorted(rules), *ERRORS])
        if self.values.json:
            facts = {"code": rule.code, "severity": str(rule.severity), "title": rule.title, "page": rule.page}
            print_json({**facts, "wrong": rule.wrong, "right": rule.right})
            return OK
        return print_text(text_page(rule))


def _no_page(wanted: str, known: list[str]) -> KfpError:
    near = nearest(wanted, known)
    hint = f"Did you mean {near}? " if near else ""
    return KfpError(
        "KFP267",
        f"there is no page for {wanted}",
        hint=f"{hint}All codes are listed in docs/reference of jupyter_kfp; they begin with KFP1 to KFP5.",
        details={"code": wanted},
    )
