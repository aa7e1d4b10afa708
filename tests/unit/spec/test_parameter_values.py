"""Values and texts of parameters."""

from __future__ import annotations

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.spec.model import InputParameter
from jupyter_kfp.spec.parameter_values import as_text, declared_type, fit_value, parse_text, shorten

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "type_name", "value"),
    [
        ("5", "NUMBER_INTEGER", 5),
        (" -5 ", "NUMBER_INTEGER", -5),
        ("5.0", "NUMBER_INTEGER", 5),
        ("1e3", "NUMBER_INTEGER", 1000),
        ("9007199254740993", "NUMBER_INTEGER", 9007199254740993),
        ("1", "NUMBER_DOUBLE", 1.0),
        ("-1.5e-3", "NUMBER_DOUBLE", -0.0015),
        ("5", "STRING", "5"),
        ("", "STRING", ""),
        ("Yes", "BOOLEAN", True),
        ("0", "BOOLEAN", False),
        ("[1, 2]", "LIST", [1, 2]),
        ("['a', None]", "LIST", ["a", None]),
        ('{"a": true}', "STRUCT", {"a": True}),
        ("{'a': True}", "STRUCT", {"a": True}),
    ],
)
def test_texts_that_parse(text, type_name, value):
    parsed = parse_text(text, type_name)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("text", "type_name"),
    [
        ("five", "NUMBER_INTEGER"),
        ("1.5", "NUMBER_INTEGER"),
        ("", "NUMBER_INTEGER"),
        ("inf", "NUMBER_INTEGER"),
        ("x", "NUMBER_DOUBLE"),
        ("maybe", "BOOLEAN"),
        ("{}", "LIST"),
        ("[1", "LIST"),
        ("[]", "STRUCT"),
        ("a b", "STRUCT"),
    ],
)
def test_texts_that_do_not_parse(text, type_name):
    with pytest.raises(ValueError, match="expected"):
        parse_text(text, type_name)


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        (True, "NUMBER_INTEGER"),
        (1.5, "NUMBER_INTEGER"),
        (math.inf, "NUMBER_INTEGER"),
        ("1", "NUMBER_DOUBLE"),
        (1, "BOOLEAN"),
        (1, "STRING"),
        ((1,), "LIST"),
        ([], "STRUCT"),
    ],
)
def test_values_that_do_not_fit(value, type_name):
    with pytest.raises(ValueError, match="expected"):
        fit_value(value, type_name)


@given(JSON)
def test_a_value_fits_itself_written_as_json(value):
    for type_name, kind in (("LIST", list), ("STRUCT", dict)):
        if isinstance(value, kind):
            assert parse_text(json.dumps(value), type_name) == value


@given(JSON, st.sampled_from(["NUMBER_DOUBLE", "NUMBER_INTEGER", "STRING", "BOOLEAN", "LIST", "STRUCT"]))
def test_any_value_fits_or_is_refused(value, type_name):
    with contextlib.suppress(ValueError):
        fit_value(value, type_name)


@given(st.text(), st.sampled_from(["NUMBER_DOUBLE", "NUMBER_INTEGER", "STRING", "BOOLEAN", "LIST", "STRUCT"]))
def test_any_text_parses_or_is_refused(text, type_name):
    with contextlib.suppress(ValueError):
        parse_text(text, type_name)


def test_declared_types_and_short_forms():
    assert declared_type(InputParameter(type="INT")) == "NUMBER_INTEGER"
    assert declared_type(InputParameter(parameter_type="LIST")) == "LIST"
    assert as_text([1]) == "[1]"
    assert len(shorten("x" * 1000)) == 60
    assert shorten({1, 2}.__class__) == "<class 'set'>"
