"""Every error that can occur is explained."""

import ast
import re
from pathlib import Path

import pytest

import jupyter_kfp
from jupyter_kfp.cli.error_examples import EXAMPLES
from jupyter_kfp.cli.error_index import AREAS, ERRORS
from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.rule_examples import read_example
from jupyter_kfp.compiler.rule_pages import text_page
from jupyter_kfp.compiler.rules import Rule, all_rules

PACKAGE = Path(jupyter_kfp.__file__).parent
CODE = re.compile(r"KFP[2-9]\d\d")


def codes_in_use() -> set[str]:
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name not in {"error_index.py", "error_examples.py"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def test_the_index_has_the_codes_that_are_raised() -> None:
    assert set(ERRORS) == codes_in_use()


def test_the_index_is_in_order_and_each_code_has_an_area() -> None:
    assert list(ERRORS) == sorted(ERRORS)
    assert {code[:4] for code in ERRORS} == set(AREAS)


@pytest.mark.parametrize("text", [text for example in EXAMPLES.values() for text in example])
def test_only_a_run_shows_what_is_wrong_with_an_example(text: str) -> None:
    compiled = compile_notebook(read_example(text).files["train.ipynb"].encode())
    assert compiled.pipeline is not None
    assert not compiled.diagnostics


def test_the_examples_are_of_errors_in_the_index() -> None:
    assert EXAMPLES.keys() <= ERRORS.keys()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_pages_are_plain_on_a_terminal(rule: Rule) -> None:
    page = text_page(rule)
    assert page.startswith(f"{rule.code} ({rule.severity}): ")
    lines = [line for line in page.splitlines() if not line.startswith("    ")]
    assert not [line for line in lines if line.startswith(("---", "::")) or "``" in line]
    for code in (rule.wrong, rule.right):
        assert all(f"    {line}".rstrip() in page.splitlines() for line in code.splitlines())
