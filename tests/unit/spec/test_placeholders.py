"""Placeholders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import ContainerSpec, EnvVar, Resources
from jupyter_kfp.spec.pipeline_job import PipelineJob
from jupyter_kfp.spec.placeholders import (
    PlaceholderValues,
    fill_attempt_constants,
    fill_constant,
    fill_container,
    fill_settings,
    fill_text,
    fill_words,
    lookalikes,
    parameter_text,
)

JOB = PipelineJob(
    name="my run",
    resource_name="my-run-1a2b",
    uuid="1a2b",
    task_name="train",
    task_uuid="77",
    create_time_utc="2026-01-31T12:00:00Z",
    schedule_time_utc="2026-01-31T12:00:01Z",
    workspace_path="/runs/workspace",
    pipeline_root="/runs/1a2b",
)


def executor_input(**parameters: Any) -> dict[str, Any]:
    model = {"name": "model", "uri": "/store/ab", "metadata": {"framework": "sk", "classes": [1, 2]}}
    moved = {"name": "moved", "uri": "/attempt/outputs/moved", "metadata": {}, "customPath": "/attempt/elsewhere"}
    return {
        "inputs": {
            "parameterValues": parameters,
            "artifacts": {"model": {"artifacts": [model]}, "none": {"artifacts": []}},
        },
        "outputs": {
            "parameters": {"rows": {"outputFile": "/attempt/parameters/rows"}},
            "artifacts": {"moved": {"artifacts": [moved]}},
            "outputFile": "/attempt/executor_output.json",
        },
    }


def values(**parameters: Any) -> PlaceholderValues:
    return PlaceholderValues(executor_input(**parameters), JOB)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{$.inputs.parameters['n']}}", "5"),
        ("a-{{$.inputs.parameters['n']}}-{{$.inputs.parameters['s']}}-z", "5"),
        ("{{$.inputs.artifacts['model'].path}}", "/store/ab"),
        ("{{$.inputs.artifacts['model'].uri}}", "/store/ab"),
        ("{{$.inputs.artifacts['model'].metadata['framework']}}", "sk"),
        ("{{$.inputs.artifacts['model'].properties['classes']}}", "[1, 2]"),
        ("{{$.outputs.artifacts['moved'].path}}", "/attempt/elsewhere"),
        ("{{$.outputs.artifacts['moved'].uri}}", "/attempt/outputs/moved"),
        ("{{$.outputs.artifacts['moved'].metadata}}", "{}"),
        ("{{$.outputs.parameters['rows'].output_file}}", "/attempt/parameters/rows"),
        ("{{$.outputs.output_file}}", "/attempt/executor_output.json"),
        ("{{$.outputMetadataUri}}", "/attempt/executor_output.json"),
        ("{{$.pipeline_job_name}}/{{$.pipeline_job_uuid}}", "my run/1a2b"),
        ("{{$.pipeline_job_resource_name}}", "my-run-1a2b"),
        ("{{$.pipeline_task_name}} {{$.pipeline_task_uuid}}", "train 77"),
        ("{{$.pipeline_job_create_time_utc}}", "2026-01-31T12:00:00Z"),
        ("{{$.pipeline_job_schedule_time_utc}}", "2026-01-31T12:00:01Z"),
        ("{{$.workspace_path}}/repo", "/runs/workspace/repo"),
        ("{{$.pipeline_root}}", "/runs/1a2b"),
        ("no {placeholder} {{here}} $HOME ${x}", "no {placeholder} {{here}} $HOME ${x}"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    filled = fill_text(text, values(n=5, s="{{$.pipeline_job_name}}"))
    assert filled == ("a-5-{{$.pipeline_job_name}}-z" if text.startswith("a-") else expected)


def test_the_executor_input_and_lists_are_json() -> None:
    given_values = values(n=5, text="a 'quoted' \"text\"\n")
    assert json.loads(fill_text("{{$}}", given_values)) == given_values.executor_input
    assert json.loads(fill_text("{{$.inputs.artifacts['model']}}", given_values))[0]["name"] == "model"
    assert fill_text("{{$.inputs.artifacts['none']}}", given_values) == "[]"


@pytest.mark.parametrize("placeholder", ["{{$.inputs.parameters['s'].json_escape[1]}}", "{{$.json_escape[1]}}"])
def test_escapes(placeholder: str) -> None:
    given_values = values(s='a "b"\n\\')
    once = json.loads(f'"{fill_text(placeholder, given_values)}"')
    assert once == fill_text(placeholder.replace(".json_escape[1]", ""), given_values)
    assert fill_text(placeholder.replace("[1]", "[0]"), given_values) == once


@pytest.mark.parametrize(
    "text",
    [
        "{{$.inputs.artifacts['model'].size}}",
        "{{$.outputs.parameters['rows']}}",
        "{{$.pipeline_google_cloud_location}}",
        "{{$.x}}",
        "{{$.inputs.parameters['n'}}",
        "{{$.inputs}}",
    ],
)
def test_what_is_no_placeholder_stays_as_it_is(text: str) -> None:
    assert fill_text(f"before {text} {{{{$.inputs.parameters['n']}}}} after", values(n=1)) == f"before {text} 1 after"
    assert lookalikes(f"before {text} {{{{$}}}}") in ([text], [])  # those that are not even written like one


@pytest.mark.parametrize(
    "text",
    [
        "{{$.inputs.parameters['missing']}}",
        "{{$.inputs.artifacts['none'].path}}",
        "{{$.inputs.artifacts['model'].metadata['missing']}}",
    ],
)
def test_a_placeholder_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(KfpError, match="KFP306") as caught:
        fill_text(f"before {text} after", values(n=1))
    assert text in caught.value.message


def test_a_workspace_has_to_be_there() -> None:
    with pytest.raises(KfpError, match="no workspace"):
        fill_text("{{$.workspace_path}}/x", PlaceholderValues({}, PipelineJob()))


def test_choices() -> None:
    def choice(content: object) -> str:
        return json.dumps(content)

    name = "{{$.inputs.parameters['name']}}"
    words = [
        "my_program",
        choice({"IfPresent": {"InputName": "name", "Then": ["--name", name], "Else": ["--anonymous"]}}),
        choice({"IfPresent": {"InputName": "model", "Then": "--model"}}),
        choice(
            {"Concat": ["<", name, {"IfPresent": {"InputName": "name", "Then": "!", "Else": "?"}}, {"Concat": ["."]}]}
        ),
    ]
    assert fill_words(words, values(name='"x", y')) == ["my_program", "--name", '"x", y', "--model", '<"x", y!.']
    words[3] = choice({"Concat": ["<", {"IfPresent": {"InputName": "name", "Then": "!", "Else": "?"}}, ">"]})
    for absent in (values(), values(name=None)):
        assert fill_words(words, absent) == ["my_program", "--anonymous", "--model", "<?>"]
    assert fill_words([choice({"IfPresent": {"InputName": "name", "Then": "x"}})], values()) == []


@pytest.mark.parametrize(
    "broken", ['{"Concat": "text"}', '{"IfPresent": "no end"', '{"IfPresent": {"Then": "x"}}', '{"Concat": [1]}']
)
def test_a_wrong_choice_is_refused(broken: str) -> None:
    with pytest.raises(KfpError, match="KFP307"):
        fill_words([broken], values())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"), (5.0, "5"), (0.1, "0.1"), (1e21, "1" + "0" * 21), (-0.5, "-0.5"), (True, "true"), (None, ""),
        ([1, "ü"], '[1, "ü"]'), ({"a": None}, '{"a": null}'), ("", ""),
    ],
)  # fmt: skip
def test_values_in_texts(value: object, text: str) -> None:
    assert parameter_text(value) == text


def test_a_container() -> None:
    container = ContainerSpec(
        image="image:{{$.inputs.parameters['tag']}}",
        command=["run", '{"Concat": ["{{$.inputs.parameters[\'tag\']}}", "-x"]}'],
        args=["{{$.pipeline_task_name}}"],
        env=[EnvVar(name="TAG", value="{{$.inputs.parameters['tag']}}")],
        resources=Resources(resource_cpu_limit="{{$.inputs.parameters['cpus']}}", cpu_limit=1.5),
    )
    assert fill_container(container, values(tag="v1", cpus=2)) == ContainerSpec(
        image="image:v1",
        command=["run", "v1-x"],
        args=["train"],
        env=[EnvVar(name="TAG", value="v1")],
        resources=Resources(resource_cpu_limit="2", cpu_limit=1.5),
    )


def test_constants() -> None:
    constant = {"list": ["{{$.inputs.parameters['a']}} b", 1], "job": "{{$.pipeline_job_uuid}}"}
    assert fill_constant(constant, {"a": "A"}, JOB) == {"list": ["A b", 1], "job": "1a2b"}
    assert fill_constant(5, {}, JOB) == 5
    attempt = {"a": fill_constant("{{$.outputs.output_file}}", {}, JOB), "b": "see {{$.outputs.output_file}}"}
    assert fill_attempt_constants(attempt, values()) == {
        "a": "/attempt/executor_output.json",
        "b": "see {{$.outputs.output_file}}",
    }
    with pytest.raises(KfpError, match="KFP306"):
        fill_constant("see {{$.outputs.output_file}}", {}, JOB)


@given(st.text())
def test_a_value_is_never_read_as_a_placeholder(text: str) -> None:
    for value in (text, "{{$}}", "{{$.inputs.parameters['b']}}", '{"Concat": []}'):
        given_values = values(a=value, b="!")
        assert fill_words(["<{{$.inputs.parameters['a']}}>"], given_values) == [f"<{value}>"]
        assert fill_settings({"k": ["{{$.inputs.parameters['a']}}"]}, given_values) == {"k": [value]}


@given(st.text(st.characters(exclude_characters="$")))
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert fill_text(text, values()) == text
