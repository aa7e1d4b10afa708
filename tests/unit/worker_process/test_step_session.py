"""What the kernel is asked to do, from the payload and the executor input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.step_payload import Cell, StepInput, StepOutput, StepPayload
from jupyter_kfp.worker.executor_input import ExecutorInput, read_executor_input
from jupyter_kfp.worker.session_files import SessionRequest
from jupyter_kfp.worker.step_session import session_request

WANTED = """{"inputs": {"parameterValues": {"n": 5.0, "x": 1, "flag": true, "xs": [1.0], "half": 2.5},
  "artifacts": {"df": {"artifacts": [{"uri": "/in/df", "metadata": {"digest": "blake3:ab"}}]},
                "plain": {"artifacts": [{"uri": "s3://b/plain"}]}}},
 "outputs": {"artifacts": {"y": {"artifacts": [{"uri": "/out/y"}]}}, "outputFile": "/out/o.json"}}"""


def parameter(key: str, kind: str = "", *, optional: bool = False) -> StepInput:
    return StepInput(name=key, key=key, binding="parameter", parameter_type=kind, optional=optional)


def request(inputs: list[StepInput], outputs: list[StepOutput] | None = None) -> SessionRequest:
    payload = StepPayload(
        step="s", kernel="python3", cells=[Cell(number=1, source="1")], inputs=inputs, outputs=outputs or []
    )
    wanted: ExecutorInput = read_executor_input(WANTED)
    return session_request(payload, wanted, Path("/log"), Path("/events"))


@pytest.mark.parametrize(
    ("key", "kind", "value"),
    [
        ("n", "NUMBER_INTEGER", 5),
        ("n", "NUMBER_DOUBLE", 5.0),
        ("x", "NUMBER_DOUBLE", 1.0),
        ("x", "NUMBER_INTEGER", 1),
        ("x", "", 1),
        ("half", "NUMBER_INTEGER", 2.5),
        ("flag", "BOOLEAN", True),
        ("flag", "NUMBER_INTEGER", True),
        ("xs", "LIST", [1.0]),
    ],
)
def test_numbers_have_the_declared_type(key: str, kind: str, value: Any) -> None:
    (one,) = request([parameter(key, kind)]).inputs
    assert one.value == value
    assert type(one.value) is type(value)


def test_artifacts_have_their_path_and_digest() -> None:
    inputs = [StepInput(name=key, key=key, binding="artifact", producer="p") for key in ("df", "plain")]
    first, second = request(inputs).inputs
    assert (first.path, first.digest, first.producer) == ("/in/df", "blake3:ab", "p")
    assert (second.path, second.digest) == ("/s3/b/plain", "")


def test_outputs_have_their_path() -> None:
    (one,) = request([], [StepOutput(name="y", key="y", binding="artifact", maybe=True, readers=["r"])]).outputs
    assert (one.path, one.maybe, one.readers) == ("/out/y", True, ["r"])


def test_an_optional_parameter_that_is_not_passed_is_none() -> None:
    (one,) = request([parameter("absent", "STRING", optional=True)]).inputs
    assert one.value is None


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([parameter("absent")], []),
        ([StepInput(name="absent", key="absent", binding="artifact")], []),
        ([], [StepOutput(name="absent", key="absent", binding="artifact")]),
    ],
)
def test_what_the_executor_does_not_pass_is_named(inputs: list[StepInput], outputs: list[StepOutput]) -> None:
    with pytest.raises(KfpError, match="absent") as refused:
        request(inputs, outputs)
    assert refused.value.code == "KFP353"
