"""Identifiers are valid, reversible and never collide."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.ids import normalise_name, root_path, step_id, step_name, task_key, variable_key

_DNS = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
NAMES = st.text(min_size=1, max_size=40).map(normalise_name).filter(bool)


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("train", "train"),
        ("load_data", "load-data--u4"),
        ("Train model", "train-model--c0s5"),
        ("Übung 2", "xbung-2--x0n220s5"),
    ],
)
def test_examples(name: str, identifier: str) -> None:
    assert step_id(name) == identifier
    assert step_name(identifier) == name


@given(NAMES)
def test_identifiers_are_dns_names_and_reversible(name: str) -> None:
    assert _DNS.fullmatch(step_id(name))
    assert step_name(step_id(name)) == name


@given(NAMES, NAMES)
def test_identifiers_never_collide(first: str, second: str) -> None:
    assert (first == second) == (step_id(first) == step_id(second))


@given(st.from_regex(r"[^\W\d]\w{0,10}", fullmatch=True), st.from_regex(r"[^\W\d]\w{0,10}", fullmatch=True))
def test_variable_keys_never_collide(first: str, second: str) -> None:
    assert (first == second) == (variable_key(first) == variable_key(second))
    assert re.fullmatch(r"[A-Za-z_0-9-]+", variable_key(first))


def test_identifiers_of_other_tools_are_their_own_names() -> None:
    for identifier in ("for-loop-2", "a--b", "condition-branches-1", "x--c99", "--"):
        assert step_name(identifier) == identifier


def test_paths() -> None:
    assert task_key(root_path("train")) == "train"
