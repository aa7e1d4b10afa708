"""Parameters of a run: checked and completed."""

from __future__ import annotations

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run_parameters import resolve_parameters
from jupyter_kfp.spec.model import ComponentSpec, InputDefinitions, InputParameter, PipelineInfo, PipelineSpec

SPEC = PipelineSpec(
    pipeline_info=PipelineInfo(name="forest"),
    root=ComponentSpec(
        input_definitions=InputDefinitions(
            parameters={
                "n_trees": InputParameter(parameter_type="NUMBER_INTEGER", default_value=300),
                "rate": InputParameter(parameter_type="NUMBER_DOUBLE"),
                "kind": InputParameter(parameter_type="STRING", is_optional=True, literals=["a", "b"]),
                "extra": InputParameter(parameter_type="STRUCT", default_value=None, is_optional=True),
            }
        )
    ),
)


def test_defaults_complete_what_is_given():
    assert resolve_parameters(SPEC, {"rate": "0.5"}) == {"n_trees": 300, "rate": 0.5, "extra": None}
    assert resolve_parameters(SPEC, {"rate": 1, "n_trees": 7.0, "kind": "a", "extra": None}) == {
        "n_trees": 7,
        "rate": 1.0,
        "kind": "a",
        "extra": None,
    }


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"rate": "fast"}, "KFP241", ["'rate'", "a number", "'fast'"]),
        ({"rate": "nan"}, "KFP241", ["'rate'", "finite"]),
        ({"rate": float("-inf")}, "KFP241", ["'rate'", "finite"]),
        ({"rate": 1, "extra": '{"a": [1, {"b": NaN}]}'}, "KFP241", ["extra['a'][1]['b']", "finite"]),
        ({}, "KFP242", ["'rate'"]),
        ({"rate": 1, "n_trees": [3]}, "KFP243", ["'n_trees'", "a whole number", "[3]"]),
        ({"rate": 1, "kind": 3}, "KFP243", ["'kind'", "text"]),
        ({"rate": 1, "kind": "c"}, "KFP243", ["'kind'", '"c"', '"a", "b"']),
        ({"rate": 1, "n_tree": 3}, "KFP244", ["'n_tree'", "did you mean 'n_trees'"]),
        ({"rate": 1, "zzz": 3}, "KFP244", ["'zzz'", "n_trees, rate, kind, extra"]),
        ({"rate": 1, " ": 3}, "KFP244", ["' '"]),
        ({"rate": 1, "": 3}, "KFP244", ["''"]),
    ],
)
def test_what_is_wrong_is_named(given, code, words):
    with pytest.raises(KfpError) as caught:
        resolve_parameters(SPEC, given)
    assert caught.value.code == code
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text", "hint"),
    [
        ("LIST", "1,2", "-p 'ids=[1, 2]'"),
        ("LIST", "(1, 2)", "-p 'ids=[1, 2]'"),
        ("LIST", "a, b", """-p 'ids=["a", "b"]'"""),
        ("LIST", "5", "-p 'ids=[5]'"),
        ("LIST", "", "-p 'ids=[]'"),
        ("LIST", '{"a": 1}', ""),
        ("STRUCT", "a=1", """-p 'ids={"name": "value"}'"""),
    ],
)
def test_a_list_in_other_words_is_shown_as_given_and_as_it_should_be(kind, text, hint):
    inputs = InputDefinitions(parameters={"ids": InputParameter(parameter_type=kind)})
    root = ComponentSpec(input_definitions=inputs)
    with pytest.raises(KfpError) as caught:
        resolve_parameters(PipelineSpec(pipeline_info=PipelineInfo(name="p"), root=root), {"ids": text})
    assert caught.value.code == "KFP241"
    assert repr(text) in caught.value.message
    assert (caught.value.hint or "").endswith(hint)
    assert bool(caught.value.hint) is bool(hint)


def test_defaults_that_the_sdk_wrote_as_doubles():
    inputs = InputDefinitions(
        parameters={"ids": InputParameter(parameter_type="LIST", default_value=[3.0, {"a": 0.5}])}
    )
    root, info = ComponentSpec(input_definitions=inputs), PipelineInfo(name="p")
    by_sdk = resolve_parameters(PipelineSpec(pipeline_info=info, root=root, sdk_version="kfp-2.17.0"), {})
    assert repr(by_sdk) == "{'ids': [3, {'a': 0.5}]}"
    by_us = resolve_parameters(PipelineSpec(pipeline_info=info, root=root, sdk_version="jupyter-kfp-0.1"), {})
    assert repr(by_us) == "{'ids': [3.0, {'a': 0.5}]}"


def test_a_pipeline_without_parameters():
    spec = PipelineSpec(pipeline_info=PipelineInfo(name="p"), root=ComponentSpec())
    assert resolve_parameters(spec, {}) == {}
    with pytest.raises(KfpError, match="it has no parameters"):
        resolve_parameters(spec, {"x": 1})


def test_names_that_are_no_identifiers_find_their_key():
    key = "xbung--x0n252"
    declared = InputDefinitions(parameters={key: InputParameter(parameter_type="STRING")})
    spec = PipelineSpec(pipeline_info=PipelineInfo(name="p"), root=ComponentSpec(input_definitions=declared))
    assert resolve_parameters(spec, {"übung": "1"}) == {key: "1"}
    assert resolve_parameters(spec, {key: "1"}) == {key: "1"}
