"""``jupyter kfp explain CODE``."""

from __future__ import annotations

import re

from jupyter_kfp.cli.arguments import CommandSyntax, nearest
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.errors import KfpError


class ExplainCommand(Command):
    """Explain a code that `jupyter kfp check` gave: what it means, why it matters, what to write instead."""

    verb = "explain"
    description = __doc__
    examples = "jupyter kfp explain KFP101"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the code."""
        syntax.positional("code", "CODE", "a code such as KFP101")

    def execute(self) -> int:
        """Print the page of the rule."""
        from jupyter_kfp.compiler.rules import all_rules

        rules = {rule.code: rule for rule in all_rules()}
        wanted = self.values.code.upper()
        wanted = wanted if wanted.startswith("KFP") else f"KFP{wanted}"
        rule = rules.get(wanted)
        if rule is None:
            raise _no_page(wanted, sorted(rules))
        if self.values.json:
            facts = {"code": rule.code, "severity": str(rule.severity), "title": rule.title, "page": rule.page}
            print_json(facts)
            return OK
        print_text(f"{rule.code} ({rule.severity}): {rule.title}\n\n{rule.page.strip()}\n")
        return OK


def _no_page(wanted: str, known: list[str]) -> KfpError:
    """Findings about notebooks (KFP1xx) have pages; the other errors say all there is to say where they occur."""
    if re.fullmatch(r"KFP[2-9]\d\d", wanted):
        message = f"{wanted} has no page: it is no finding about a notebook, but an error of running"
        hint = "Its own message names the place and what to do; jupyter kfp show RUN has it again."
    else:
        near = nearest(wanted, known)
        message = f"there is no page for {wanted}"
        hint = (f"Did you mean {near}? " if near else "") + f"There are pages for {', '.join(known)}."
    return KfpError("KFP267", message, hint=hint, details={"code": wanted})
