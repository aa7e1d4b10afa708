"""Every code has a page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import jupyter_kfp
from jupyter_kfp.compiler.rule_examples import check_example, read_example
from jupyter_kfp.compiler.rules import Rule, all_rules, explain
from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.diagnostic import Severity

PACKAGE = Path(jupyter_kfp.__file__).parent
_CODE = re.compile(r"KFP1\d\d")
_SECTIONS = ("What\n----\n", "Why\n---\n", "Wrong\n-----\n", "Right\n-----\n", "Fix\n---\n")


def codes_in_use() -> set[str]:
    """Constants of the package that are codes of diagnostics."""
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "rules"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value)
    }


def test_every_code_in_use_has_a_rule_and_every_rule_is_used() -> None:
    assert codes_in_use() == {rule.code for rule in all_rules()}


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in all_rules()]
    assert codes == sorted(set(codes))


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_pages_say_what_why_and_how(rule: Rule) -> None:
    found = explain(rule.code)
    assert isinstance(found.severity, Severity)
    assert found.title
    assert not found.title.endswith(".")
    positions = [found.page.find(section) for section in _SECTIONS]
    assert -1 not in positions
    assert positions == sorted(positions)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_the_wrong_notebook_of_a_page_is_reported_and_the_right_one_is_not(rule: Rule, tmp_path: Path) -> None:
    said = {}
    for name in ("wrong", "right"):
        (tmp_path / name).mkdir()
        said[name] = check_example(read_example(getattr(rule, name)), tmp_path / name).diagnostics
    worst = [one.severity for one in said["wrong"] if one.code == rule.code]
    assert rule.severity in worst, said["wrong"]
    assert not [one for one in said["right"] if one.code == rule.code or one.severity is Severity.ERROR]


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(KfpError, match="KFP999"):
        explain("KFP999")
