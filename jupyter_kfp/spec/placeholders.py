"""Placeholders ``{{$...}}`` in commands, arguments, environment variables, images, resources and constants.

The KFP launcher knows some of them, the driver others, ``kfp.local`` again others. Here all are filled by one function,
in one pass: a value that looks like a placeholder stays as it is. So does what is no placeholder at all, as on a
cluster: it may be part of a program's own templates.

============================================== =====================================================================
``{{$}}``                                      the executor input, as JSON
``{{$.inputs.parameters['k']}}``               text as it is, whole numbers without a point, anything else as JSON
``{{$.inputs.artifacts['k'].path}}``           also ``.uri``, ``.name``, ``.metadata``, ``.metadata['m']``
``{{$.inputs.artifacts['k']}}``                the artifacts of the list, as JSON; ``outputs.artifacts`` likewise
``{{$.outputs.parameters['k'].output_file}}``  the file that takes an output parameter
``{{$.outputs.output_file}}``                  the file that takes the executor output; old: ``{{$.outputMetadataUri}}``
``{{$.pipeline_job_name}}`` and others         fields of `PipelineJob`
``{{$....json_escape[n]}}``                    any of them, escaped n times for use inside JSON texts
============================================== =====================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.executor_spec import ContainerSpec
from jupyter_kfp.spec.pipeline_job import PipelineJob

_PLACEHOLDER = re.compile(r"\{\{\$((?:\.(?:[^{}']|'[^']*')+)?)\}\}")
_PART = re.compile(r"""\.([A-Za-z_]\w*)|\['([^']*)'\]|\["([^"]*)"\]|\[(\d+)\]""")
_CHOICE = re.compile(r'\s*\{\s*"(IfPresent|Concat)"\s*:')
_JOB_FIELDS = {
    "pipeline_job_name": "name",
    "pipeline_job_resource_name": "resource_name",
    "pipeline_job_uuid": "uuid",
    "pipeline_job_create_time_utc": "create_time_utc",
    "pipeline_job_schedule_time_utc": "schedule_time_utc",
    "pipeline_task_name": "task_name",
    "pipeline_task_uuid": "task_uuid",
    "pipeline_root": "pipeline_root",
    "workspace_path": "workspace_path",
}
_OF_THE_ATTEMPT = ("{{$}}", "{{$.outputs.output_file}}")
_FIELDS = ("path", "uri", "name")
_METADATA = ("metadata", "properties", "custom_properties")


@dataclass(frozen=True)
class PlaceholderValues:
    """What placeholders stand for."""

    executor_input: Mapping[str, Any]
    """As a task gets it (``ExecutorInput`` as JSON); of a constant only ``inputs.parameterValues`` are known."""
    job: PipelineJob


def fill_text(text: str, values: PlaceholderValues) -> str:
    """Fill all placeholders of a text.

    Raises `KfpError` KFP306 for one whose input has no value.
    """
    return _PLACEHOLDER.sub(lambda found: _text_of(found[0], found[1], values), text) if "{{$" in text else text


def fill_words(words: list[str], values: PlaceholderValues) -> list[str]:
    """Fill the words of a command; ``{"IfPresent": ...}`` may become any number of words, ``{"Concat": ...}`` one.

    Raises `KfpError` KFP306 (see `fill_text`), KFP307 for such a choice that is written wrongly.
    """
    return [filled for word in words for filled in _words_of(_read_choice(word), values)]


def fill_container(container: ContainerSpec, values: PlaceholderValues) -> ContainerSpec:
    """Fill a container: command, arguments, image, environment variables and resources. Raises as `fill_words`."""
    rest = msgspec.structs.replace(container, command=[], args=[])
    filled = msgspec.convert(fill_settings(msgspec.to_builtins(rest), values), ContainerSpec)
    return msgspec.structs.replace(
        filled, command=fill_words(container.command, values), args=fill_words(container.args, values)
    )


def fill_settings(data: Any, values: PlaceholderValues) -> Any:
    """Fill all texts in plain data, also keys, such as settings of a platform. Raises as `fill_text`."""
    if isinstance(data, str):
        return fill_text(data, values)
    if isinstance(data, list):
        return [fill_settings(item, values) for item in data]
    if isinstance(data, dict):
        return {fill_text(key, values): fill_settings(value, values) for key, value in data.items()}
    return data


def fill_constant(value: Any, parameter_values: Mapping[str, Any], job: PipelineJob) -> Any:
    """A constant that is given to a task (``runtimeValue.constant``), also inside lists and dictionaries.

    Parameters are those of the task. What concerns an attempt, ``{{$}}`` and ``{{$.outputs.output_file}}``, is left for
    `fill_attempt_constants`. Raises as `fill_text`.
    """
    if isinstance(value, str) and value in _OF_THE_ATTEMPT:
        return value
    return fill_settings(value, PlaceholderValues({"inputs": {"parameterValues": parameter_values}}, job))


def fill_attempt_constants(parameter_values: Mapping[str, Any], values: PlaceholderValues) -> dict[str, Any]:
    """Parameters of an attempt, with what `fill_constant` left for it."""
    return {
        key: fill_text(value, values) if isinstance(value, str) and value in _OF_THE_ATTEMPT else value
        for key, value in parameter_values.items()
    }


def parameter_text(value: Any) -> str:
    """A parameter's value in a command, as the KFP launcher writes it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return format(Decimal(value), "f")
    return _json(value)


def lookalikes(text: str) -> list[str]:
    """What a text has in the braces of placeholders that is none, and therefore stays as it is."""
    return [found[0] for found in _PLACEHOLDER.finditer(text) if _read_path(found[1]) is None]


def _read_path(path: str) -> tuple[list[str], int] | None:
    """Parts of a placeholder, and how often its text is escaped; None if there is no such placeholder."""
    parts = ["".join(groups) for groups in _PART.findall(path)]
    if _PART.sub("", path):
        return None
    escapes = 0
    if parts[-2:-1] == ["json_escape"] and parts[-1].isdigit():
        escapes = int(parts[-1])
        parts = parts[:-2]
    match parts:
        case [] | ["inputs", "parameters", _] | ["outputs", "parameters", _, "output_file"]:
            return parts, escapes
        case ["outputs", "output_file"] | ["outputMetadataUri"] | ["inputs" | "outputs", "artifacts", _]:
            return parts, escapes
        case ["inputs" | "outputs", "artifacts", _, field, *key] if (field in _METADATA and len(key) <= 1) or (
            field in _FIELDS and not key
        ):
            return parts, escapes
        case [field] if field in _JOB_FIELDS:
            return parts, escapes
    return None


def _text_of(placeholder: str, path: str, values: PlaceholderValues) -> str:
    known = _read_path(path)
    if known is None:
        return placeholder
    parts, escapes = known
    text = parameter_text(_value_of(placeholder, parts, values))
    for _ in range(escapes):
        text = _json(text)[1:-1]
    return text


def _value_of(placeholder: str, parts: list[str], values: PlaceholderValues) -> Any:
    outputs = values.executor_input.get("outputs", {})
    match parts:
        case []:
            return _json(values.executor_input)
        case ["inputs", "parameters", key]:
            return _found(placeholder, values.executor_input.get("inputs", {}).get("parameterValues", {}), key)
        case ["inputs" | "outputs" as side, "artifacts", key, *fields]:
            listed = _found(placeholder, values.executor_input.get(side, {}).get("artifacts", {}), key)["artifacts"]
            return _of_artifact(placeholder, listed, fields)
        case ["outputs", "parameters", key, "output_file"]:
            return _found(placeholder, outputs.get("parameters", {}), key)["outputFile"]
        case ["outputs", "output_file"] | ["outputMetadataUri"]:
            return _found(placeholder, outputs, "outputFile")
        case [field] if field in _JOB_FIELDS:
            return _of_job(placeholder, field, values.job)
    raise AssertionError(f"{placeholder} is known, but nobody says what it stands for")


def _of_artifact(placeholder: str, listed: list[dict[str, Any]], fields: list[str]) -> Any:
    if not fields:
        return listed
    if not listed:
        raise _without_value(placeholder)
    artifact = listed[0]
    match fields:
        case ["path"]:
            return artifact.get("customPath") or artifact["uri"]
        case ["uri" | "name" as field]:
            return artifact[field]
        case [_, key]:
            return _found(placeholder, artifact.get("metadata", {}), key)
    return artifact.get("metadata", {})


def _of_job(placeholder: str, field: str, job: PipelineJob) -> str:
    text: str = getattr(job, _JOB_FIELDS[field])
    if not text and field == "workspace_path":
        raise KfpError(
            "KFP306",
            f"{placeholder} is used, but the pipeline has no workspace",
            hint="give it one: @dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(...)))",
            details={"placeholder": placeholder},
        )
    return text


def _found(placeholder: str, values: Mapping[str, Any], key: str) -> Any:
    if key not in values:
        raise _without_value(placeholder)
    return values[key]


def _read_choice(word: str) -> Any:
    if not _CHOICE.match(word):
        return word
    try:
        return json.loads(word)
    except ValueError as error:
        raise _wrong_choice(word, str(error)) from None


def _words_of(element: Any, values: PlaceholderValues) -> Iterator[str]:
    match element:
        case str():
            yield fill_text(element, values)
        case list():
            for item in element:
                yield from _words_of(item, values)
        case {"Concat": list(items), **rest} if not rest:
            yield "".join(text for item in items for text in _words_of(item, values))
        case {"IfPresent": {"InputName": str(name), "Then": then, **choice}, **rest} if not rest:
            chosen = then if _is_present(name, values) else choice.get("Else")
            if chosen is not None:
                yield from _words_of(chosen, values)
        case _:
            raise _wrong_choice(_json(element), "expected text, a list, Concat with a list, or IfPresent with Then")


def _is_present(name: str, values: PlaceholderValues) -> bool:
    inputs = values.executor_input.get("inputs", {})
    return inputs.get("parameterValues", {}).get(name) is not None or name in inputs.get("artifacts", {})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without_value(placeholder: str) -> KfpError:
    return KfpError(
        "KFP306",
        f"{placeholder} has no value: the component has no such input or output, or an optional input was not given",
        hint="give the input a value or a default, or wrap it in dsl.IfPresentPlaceholder",
        details={"placeholder": placeholder},
    )


def _wrong_choice(word: str, problem: str) -> KfpError:
    return KfpError("KFP307", f"the placeholder {word[:200]} is written wrongly: {problem}")
