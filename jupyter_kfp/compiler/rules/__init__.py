"""One module per diagnostic; its docstring is its page."""

from __future__ import annotations

import functools
import importlib
import pkgutil

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
