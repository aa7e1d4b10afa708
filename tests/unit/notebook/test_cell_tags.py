from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp import ids
from jupyter_kfp.notebook.cell_tags import (
    CellTags,
    is_own_tag,
    parse_tags,
    set_after,
    set_role,
    set_step,
    similar_names,
)
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.notebook import NotebookCell

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def parse(*tags: str) -> tuple[CellTags, list[Diagnostic]]:
    return parse_tags(NotebookCell(number=7, id="c", cell_type="code", source="x", tags=tags))


def found(*tags: str) -> list[tuple[str, str]]:
    diagnostics = parse(*tags)[1]
    assert all(diagnostic.cell == 7 for diagnostic in diagnostics)
    return [(diagnostic.code, diagnostic.severity.value) for diagnostic in diagnostics]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], CellTags()),
        (["step:train"], CellTags(step="train")),
        (["step:  Übung   2 "], CellTags(step="Übung 2")),
        (["step:U\u0308bung 2"], CellTags(step="Übung 2")),
        (["step:a:b"], CellTags(step="a:b")),
        (["step:a", "after:b", "after:c d", "after:b"], CellTags(step="a", after=("b", "c d"))),
        (["parameters"], CellTags(parameters=True)),
        (["setup"], CellTags(setup=True)),
        (["skip"], CellTags(skip=True)),
        (["step:a", "step:a"], CellTags(step="a")),
        (["step:👩\u200d🔬"], CellTags(step="👩\u200d🔬")),
        (["step:" + "n" * ids.MAX_NAME_LENGTH], CellTags(step="n" * ids.MAX_NAME_LENGTH)),
    ],
)
def test_our_tags(tags: list[str], expected: CellTags) -> None:
    assert parse(*tags) == (expected, [])


@pytest.mark.parametrize(
    "tag",
    [
        "injected-parameters", "hide-input", "hide_input", "remove-cell", "raises-exception", "skip-execution",
        "block:train", "prev:load", "imports", "functions", "pipeline-parameters", "pipeline-metrics", "image:python",
        "limit:nvidia.com/gpu:1", "annotation:a:b", "label:x", "cache:enabled", "solution", "nbval-ignore-output",
        "scrolled", "full-width", "remove_output", "type:x", "set:x", "test:x", "stop here", "", " ", ":", "x:", "日本",
        "hyperparameters", "slideshow", "state:final",
    ],
)  # fmt: skip
def test_tags_of_others_are_left_alone(tag: str) -> None:
    assert parse(tag) == (CellTags(), [])


@pytest.mark.parametrize(
    ("tag", "suggestion"),
    [
        ("stpe:train", "step:train"), ("Step:train", "step:train"), ("STEP:Train Model", "step:Train Model"),
        ("setp:x", "step:x"), ("steps:x", "step:x"), ("step :x", "step:x"), ("afer:load", "after:load"),
        ("After:load", "after:load"), ("atfer: load", "after:load"),
    ],
)  # fmt: skip
def test_a_misspelt_word_before_a_colon_is_an_error_with_the_right_tag(tag: str, suggestion: str) -> None:
    tags, (diagnostic,) = parse(tag)
    assert tags == CellTags()
    assert (diagnostic.code, diagnostic.severity) == ("KFP101", Severity.ERROR)
    assert tag in diagnostic.message
    assert f"“{suggestion}”" in diagnostic.hint


@pytest.mark.parametrize(
    ("tag", "suggestion"),
    [
        ("step train", "step:train"), ("after train", "after:train"), ("step=train", "step:train"),
        ("step", "step:NAME"), ("setup:now", "setup"),
        ("paramters", "parameters"), ("parameter", "parameters"), ("Parameters", "parameters"), ("set-up", "setup"),
        ("Setup", "setup"), ("Skip", "skip"), ("skip ", "skip"), ("setup:", "setup"),
    ],
)  # fmt: skip
def test_what_may_be_a_misspelling_is_a_warning(tag: str, suggestion: str) -> None:
    _, (diagnostic,) = parse(tag)
    assert (diagnostic.code, diagnostic.severity) == ("KFP102", Severity.WARNING)
    assert f"“{suggestion}”" in diagnostic.hint


@pytest.mark.parametrize(
    "tag",
    [
        "step:",
        "step:   ",
        "after:",
        "step:" + "n" * (ids.MAX_NAME_LENGTH + 1),
        "step:a\u200bb",
        "step:a\x00b",
        "step:\ufeff",
    ],
)
def test_names_that_no_step_can_have(tag: str) -> None:
    assert found(tag) == [("KFP103", "error")]


@pytest.mark.parametrize(
    "tags",
    [
        ["skip", "step:a"], ["setup", "step:a"], ["parameters", "step:a"], ["step:a", "step:b"], ["setup", "skip"],
        ["parameters", "setup"], ["after:a", "setup"], ["after:a", "parameters"],
    ],
)  # fmt: skip
def test_contradicting_tags(tags: list[str]) -> None:
    assert found(*tags) == [("KFP104", "error")]


@pytest.mark.parametrize(
    ("first", "second", "similar"),
    [
        ("Train", "train", True),
        ("train model", "train_model", True),
        ("train-model", "trainmodel", True),
        ("ﬁt", "fit", True),
        ("Straße", "STRASSE", True),
        ("train", "train", False),
        ("train 1", "train 2", False),
        ("-", "_", False),
    ],
)
def test_similar_names(first: str, second: str, similar: bool) -> None:
    assert similar_names(first, second) is similar


def test_writing_tags_keeps_foreign_ones() -> None:
    assert set_step(["hide-input", "step:a", "skip", "after:z"], " b  c ") == ["step:b c", "hide-input", "after:z"]
    assert set_after(["step:a", "after:z", "x"], ["b", "c"]) == ["step:a", "x", "after:b", "after:c"]
    assert set_role(["step:a", "after:b", "x"], "skip") == ["skip", "x"]
    assert set_role(["setup", "x"], "") == ["x"]
    assert [is_own_tag(tag) for tag in ("step:a", "after:b", "skip", "step", "x")] == [True, True, True, False, False]


names = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and len(ids.normalise_name(text)) <= ids.MAX_NAME_LENGTH
)


@UNHURRIED
@given(names, st.lists(names, max_size=3))
def test_what_is_written_is_read_back(step: str, after: list[str]) -> None:
    tags, diagnostics = parse(*set_after(set_step(["skip", "other tag"], step), after))
    assert diagnostics == []
    assert tags.step == ids.normalise_name(step)
    assert tags.after == tuple(dict.fromkeys(map(ids.normalise_name, after)))
    assert ids.step_name(ids.step_id(tags.step)) == tags.step


@UNHURRIED
@given(st.lists(st.text(max_size=12), max_size=4))
def test_any_tags_are_read(tags: list[str]) -> None:
    parse(*tags)
