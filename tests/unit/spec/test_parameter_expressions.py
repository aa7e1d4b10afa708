"""Parts of parameters."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.parameter_expressions import select_value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.text(st.characters(exclude_characters='"\\'))


@pytest.mark.parametrize(
    ("expression", "value", "expected"),
    [
        ('parseJson(string_value)["a"]', {"a": 1}, 1),
        ('parseJson(string_value)["a"]', '{"a": [1, 2.5]}', [1, 2.5]),
        ('parseJson(string_value)["a"]["b c"]', {"a": {"b c": "x"}}, "x"),
        ("parseJson(string_value)[1]['k']", [0, {"k": None}], None),
        ("parseJson(string_value)", "[1]", [1]),
        ("string_value", "Hello", "Hello"),
        ("string_value", {"a": 1}, '{"a": 1}'),
        ("string_value", None, ""),
        ("struct_value.nested.b", {"nested": {"b": "B"}}, "B"),
        ("struct_value.list", {"list": [1.1, 1.2]}, [1.1, 1.2]),
        ("list_value[0]", ["x"], "x"),
        ("number_value + 1.0", 2, 3.0),
        ("!bool_value", True, False),
    ],
)
def test_selections(expression: str, value: object, expected: object) -> None:
    selected = select_value(expression, value)
    assert selected == expected
    assert type(selected) is type(expected)


@pytest.mark.parametrize(
    ("expression", "value", "said"),
    [
        ('parseJson(string_value)["b"]', {"a": 1}, "there is no value 'b'"),
        ('parseJson(string_value)["b"]', [1], "no dictionary"),
        ("parseJson(string_value)[0]", {"0": 1}, "no list"),
        ("parseJson(string_value)[3]", [1], "index"),
        ('parseJson(string_value)["b"]', "no JSON", "cannot be taken from"),
        ("struct_value.c", {"a": 1}, "'c'"),
        ("struct_value", "text", "struct_value"),
        ("nothing(", 1, "cannot be taken from 1"),
    ],
)
def test_what_is_not_there(expression: str, value: object, said: str) -> None:
    with pytest.raises(KfpError, match="KFP305") as caught:
        select_value(expression, value)
    assert said in caught.value.message


@given(KEYS, JSON)
def test_a_part_comes_back_as_it_is(key: str, part: object) -> None:
    for whole in ({key: part}, json.dumps({key: part})):
        selected = select_value(f'parseJson(string_value)["{key}"]', whole)
        assert (selected, type(selected)) == (part, type(part))
