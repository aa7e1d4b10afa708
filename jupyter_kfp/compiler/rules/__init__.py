"""One module per diagnostic; its docstring is its page.

What a new rule brings, and nothing more: a module here with ``CODE``, ``SEVERITY`` (the worst that it is reported with)
and a docstring: a title, then the sections What, Why, Wrong, Right and Fix, in this order. *Wrong* and *Right* hold one
notebook each, in the form of `compiler.rule_examples`. The tests find the module and demand that the code is used
somewhere in the package, that the wrong notebook is reported with it, and that the right one compiles without it.

Then ``python tests/golden/update.py`` writes ``tests/golden/diagnostics/KFP1xx.txt``, the exact text that users read of
the wrong notebook, and ``python docs/generate.py`` writes ``docs/reference/diagnostics/KFP1xx.md``; read both. A code
with several messages gets a notebook for each: ``tests/golden/diagnostics/KFP1xx-topic.txt``, which begins with it.

Where the repair is certain, give the `Diagnostic` its ``edits``, and ``jupyter kfp check --fix`` makes it.
Codes of other errors (KFP2xx to KFP5xx) have an entry in `jupyter_kfp.cli.error_index`, which a test demands, too.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import pkgutil
import textwrap

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.diagnostic import Severity


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a code means."""

    code: str
    severity: Severity
    """The worst that it is reported with."""
    title: str
    """First line of the page, without a full stop."""
    page: str
    """The rest: what, why, wrong, right, fix; reStructuredText."""

    @property
    def wrong(self) -> str:
        """The notebook that is reported, as text; see `compiler.rule_examples`."""
        return self._literal("Wrong")

    @property
    def right(self) -> str:
        """The same, mended."""
        return self._literal("Right")

    def _literal(self, section: str) -> str:
        _, _, rest = self.page.partition(f"{section}\n-----\n::\n\n")
        lines = itertools.takewhile(lambda line: not line or line.startswith("    "), rest.splitlines())
        return textwrap.dedent("\n".join(lines)).strip("\n")


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """All rules, by code."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return tuple(sorted((_rule(module) for module in modules), key=lambda rule: rule.code))


def explain(code: str) -> Rule:
    """The rule of a code. Raises `KfpError` KFP267 if there is none."""
    for rule in all_rules():
        if rule.code == code:
            return rule
    raise KfpError("KFP267", f"there is no page for {code}", details={"code": code})


def _rule(module: object) -> Rule:
    title, _, page = (getattr(module, "__doc__", None) or "").partition("\n")
    code: str = getattr(module, "CODE")  # noqa: B009  a module of this package, known by name only
    severity: Severity = getattr(module, "SEVERITY")  # noqa: B009
    return Rule(code=code, severity=severity, title=title.strip().rstrip("."), page=page.strip("\n") + "\n")
