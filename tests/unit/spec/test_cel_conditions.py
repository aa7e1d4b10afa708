"""Conditions as the KFP SDK compiles them, and what else CEL allows."""

from __future__ import annotations

import contextlib
import operator
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.cel_conditions import condition_holds

X = "inputs.parameter_values['pipelinechannel--x']"
Y = "inputs.parameter_values['pipelinechannel--y']"


def holds(expression: str, **values: object) -> bool:
    return condition_holds(expression, {f"pipelinechannel--{name}": value for name, value in values.items()})


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        (f"{X} == 'heads'", {"x": "heads"}, True),
        (f"{X} == 'heads'", {"x": "Heads"}, False),
        (f"{X} != ''", {"x": ""}, False),
        (f"{X} < 'b'", {"x": "a"}, True),
        (f"{X} == {Y}", {"x": "ü 漢", "y": "ü 漢"}, True),
        (f"int({X}) > 5", {"x": 7}, True),
        (f"int({X}) > -5", {"x": -5}, False),
        (f"int({X}) >= int({Y})", {"x": 7, "y": 8.0}, False),
        (f"int({X}) == 9007199254740993", {"x": 2**53 + 1}, True),
        (f"int({X}) == 9007199254740992", {"x": 2**53 + 1}, False),
        (f"{X} > 0.5", {"x": 1}, True),
        (f"{X} == 1.0", {"x": 1}, True),
        (f"{X} > double(5)", {"x": 5.5}, True),
        (f"double(int({X})) <= 5.5", {"x": 5}, True),
        (f"{X} > 1e-05", {"x": 1e-4}, True),
        (f"{X} == true", {"x": True}, True),
        (f"!({X} == true)", {"x": False}, True),
        (f"!({X} == 'a') && {X} == 'b'", {"x": "b"}, True),
        (f"!({X} == 'a') && !({X} == 'b')", {"x": "b"}, False),
        (f"{X} == 'say \"hi\"'", {"x": 'say "hi"'}, True),
        (f"{X} == '5'", {"x": 5}, False),
        (f"{X} == 5", {"x": 5}, True),
        (f"{X} in ['a', 'b'] || size({Y}) == 2", {"x": "c", "y": [1, {"k": None}]}, True),
        (f"{X}['k'] == null", {"x": {"k": None}}, True),
        (f"parseJson({X})['k'][0] == 1.0", {"x": '{"k": [1]}'}, True),
        ("'pipelinechannel--x' in inputs.parameter_values", {}, False),
    ],
)
def test_conditions(expression: str, values: dict[str, object], expected: bool) -> None:
    assert holds(expression, **values) is expected


def test_a_condition_on_the_metadata_of_an_artifact() -> None:
    model = {"name": "model", "uri": "/models/1", "metadata": {"accuracy": 0.95}}
    expression = "inputs.artifacts['model'].artifacts[0].metadata['accuracy'] * 100.0 > 90.0"
    assert condition_holds(expression, {}, {"model": [model]}) is True


@pytest.mark.parametrize(
    ("expression", "values", "said"),
    [
        (f"{X} == 'a'", {}, "there is no value 'pipelinechannel--x'"),
        (f"{X} == ", {"x": 1}, "cannot be evaluated"),
        ("", {}, "cannot be evaluated"),
        (f"{X}", {"x": "yes"}, "'yes', neither true nor false"),
        (f"int({X}) > 5", {"x": "many"}, "int"),
        (f"int({X}) > 5", {"x": None}, "cannot be evaluated"),
        (f"{X} > 5", {"x": "a"}, "overload"),
        (f"1 / int({X}) > 5", {"x": 0}, "zero"),
        (f"int({X}) > 5", {"x": 1e300}, "overflow"),
        (f"parseJson({X}) == 1.0", {"x": "{"}, "cannot be evaluated"),
        ("(" * 5000, {}, "cannot be evaluated"),
    ],
)
def test_what_cannot_be_evaluated_is_no_answer(expression: str, values: dict[str, object], said: str) -> None:
    with pytest.raises(KfpError, match="KFP304") as caught:
        holds(expression, **values)
    assert said in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["it's", "two\nlines"])
def test_a_text_that_the_sdk_does_not_escape_is_explained(text: str) -> None:
    with pytest.raises(KfpError, match="KFP304") as caught:
        holds(f"{X} == '{text}'", x=text)
    assert "does not escape" in (caught.value.hint or "")


OPERATORS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="'\\"), max_size=8)
INTS = st.integers(-(2**62), 2**62)


@given(st.sampled_from(sorted(OPERATORS)), INTS, INTS)
def test_whole_numbers_compare_as_in_python(sign: str, left: int, right: int) -> None:
    assert holds(f"int({X}) {sign} {right}", x=left) is OPERATORS[sign](left, right)
    assert holds(f"!(int({X}) {sign} int({Y}))", x=left, y=right) is not OPERATORS[sign](left, right)


@given(st.sampled_from(sorted(OPERATORS)), st.floats(allow_nan=False), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_compare_as_in_python(sign: str, left: float, right: float) -> None:
    assert holds(f"{X} {sign} {right}", x=left) is OPERATORS[sign](left, right)


@given(st.sampled_from(sorted(OPERATORS)), PLAIN_TEXT, PLAIN_TEXT)
def test_texts_compare_as_in_python(sign: str, left: str, right: str) -> None:
    assert holds(f"{X} {sign} '{right}'", x=left) is OPERATORS[sign](left, right)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.text() | st.sampled_from([f"{X} == 'a'", f"int({X}) > 1", f"{X}.a == {X}[0]", f"size({X}) > 1"]), JSON)
def test_whatever_is_asked_there_is_an_answer_or_one_error(expression: str, value: object) -> None:
    with contextlib.suppress(KfpError):
        assert holds(expression, x=value) in {True, False}


def test_the_library_is_loaded_late() -> None:
    modules = "jupyter_kfp.spec.cel_conditions, jupyter_kfp.spec.parameter_expressions"
    code = f"import sys, {modules}; assert 'cel' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
