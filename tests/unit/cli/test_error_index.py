"""Every error that can occur is explained."""

import ast
import re
from pathlib import Path

import jupyter_kfp
from jupyter_kfp.cli.error_index import AREAS, ERRORS

PACKAGE = Path(jupyter_kfp.__file__).parent
CODE = re.compile(r"KFP[2-9]\d\d")


def codes_in_use() -> set[str]:
    return {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name != "error_index.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def test_the_index_has_the_codes_that_are_raised() -> None:
    assert set(ERRORS) == codes_in_use()


def test_the_index_is_in_order_and_each_code_has_an_area() -> None:
    assert list(ERRORS) == sorted(ERRORS)
    assert {code[:4] for code in ERRORS} == set(AREAS)
