"""Parameters of a run: what the user gave, checked against what the pipeline declares, and completed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import normalise_name, step_name, variable_key
from jupyter_kfp.spec.model import InputParameter, PipelineSpec
from jupyter_kfp.spec.parameter_values import (
    declared_type,
    describe_type,
    fit_value,
    has_doubles_only,
    infinite_part,
    parse_text,
    shorten,
    whole_numbers,
    written_as,
)


def resolve_parameters(spec: PipelineSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check and complete the parameters of a run, by key.

    Text for a parameter of another type is parsed, as command lines know only text. Raises `KfpError` KFP241 (does
    not parse), KFP242 (missing), KFP243 (wrong type or not one of the allowed values), KFP244 (does not exist).
    """
    declared = spec.root.input_definitions.parameters if spec.root.input_definitions else {}
    values = {_key(name, declared, spec.pipeline_info.name): (name, value) for name, value in given.items()}
    resolved: dict[str, Any] = {}
    for key, parameter in declared.items():
        if key in values:
            resolved[key] = _value(values[key][0], values[key][1], parameter)
        elif parameter.has_default:
            value = parameter.default_value
            resolved[key] = whole_numbers(value) if has_doubles_only(spec.sdk_version) else value
        elif not parameter.is_optional:
            raise KfpError(
                "KFP242",
                f"the parameter {key!r} of the pipeline {spec.pipeline_info.name!r} is missing and has no default",
                hint=f"give {describe_type(declared_type(parameter))}, e.g. -p {key}=...",
                details={"parameter": key, "type": declared_type(parameter)},
            )
    return resolved


def _key(name: str, declared: Mapping[str, InputParameter], pipeline: str) -> str:
    wanted = normalise_name(name)
    for key in (name, variable_key(wanted) if wanted else name):
        if key in declared:
            return key
    names = [step_name(key) for key in declared]  # keys of variables are encoded as names of steps are
    near = get_close_matches(name, names, n=1)
    known = f"its parameters are: {', '.join(names)}" if names else "it has no parameters"
    raise KfpError(
        "KFP244",
        f"the pipeline {pipeline!r} has no parameter {name!r}",
        hint=f"did you mean {near[0]!r}?" if near else known,
        details={"parameter": name, "parameters": sorted(names)},
    )


def _value(name: str, value: Any, parameter: InputParameter) -> Any:
    type_name = declared_type(parameter)
    if value is None and (parameter.is_optional or parameter.default_value is None):
        return None
    details = {"parameter": name, "type": type_name, "value": shorten(value)}
    if isinstance(value, str) and type_name != "STRING":
        try:
            value = parse_text(value, type_name)
        except ValueError as error:
            example = written_as(value, type_name)
            raise KfpError(
                "KFP241",
                f"the value of parameter {name!r} cannot be read: {error}",
                hint=f"write it as JSON, e.g. -p {shlex.quote(f'{name}={example}')}" if example else None,
                details=details,
            ) from None
    try:
        value = fit_value(value, type_name)
    except ValueError as error:
        raise KfpError(
            "KFP243", f"the value of parameter {name!r} has the wrong type: {error}", details=details
        ) from None
    place = infinite_part(value)
    if place is not None:
        raise KfpError(
            "KFP241",
            f"the value of parameter {name + place!r} is no finite number, and parameters are JSON",
            hint="give a number that stands for it, null for an optional parameter, or make the value in a step",
            details=details,
        )
    if parameter.literals and value not in parameter.literals:
        allowed = ", ".join(shorten(literal) for literal in parameter.literals)
        raise KfpError(
            "KFP243", f"parameter {name!r} cannot be {shorten(value)}", hint=f"allowed are: {allowed}", details=details
        )
    return value
