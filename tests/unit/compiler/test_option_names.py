"""Options that name variables, and what a wrong parameters cell brings about."""

from __future__ import annotations

import pytest

from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, compile_notebook
from jupyter_kfp.compiler.rule_examples import read_example
from jupyter_kfp.spec.pipeline_payloads import payload_of


def compiled(text: str) -> CompiledNotebook:
    return compile_notebook(read_example(text).files["train.ipynb"].encode())


def found(text: str) -> list[tuple[str, str]]:
    return [(one.code, str(one.severity)) for one in compiled(text).diagnostics]


@pytest.mark.parametrize(
    "source",
    [
        "rows = [1]",
        "for rows in [[1]]: pass",
        "import json as rows",
        "def rows(): pass",
        "def make():\n    global rows\n    rows = [1]\nmake()",
        "with open('f') as rows: pass",
    ],
)
def test_what_a_cell_above_binds_may_be_declared_as_changed(source: str) -> None:
    text = f'# %% tags=["step:a"]\n{source}\n# %% tags=["step:b"] kfp={{"mutates": ["rows"]}}\nprint(rows)'
    assert ("KFP144", "error") not in found(text)


def test_parameters_and_setup_may_be_declared_as_changed() -> None:
    text = (
        '# %% tags=["parameters"]\nlimits = [1]\n# %% tags=["setup"]\nstate = {}\n'
        '# %% tags=["step:a"] kfp={"mutates": ["limits", "state"]}\nprint(limits, state)\n'
        '# %% tags=["step:b"]\nprint(limits, state)'
    )
    assert found(text) == []


def test_what_comes_only_below_is_not_there_to_change() -> None:
    text = '# %% tags=["step:a"] kfp={"mutates": ["rows"]}\nprint(1)\n# %% tags=["step:b"]\nrows = [1]\nprint(rows)'
    assert found(text) == [("KFP144", "error")]


def test_a_type_that_turns_a_scalar_into_an_artifact_is_kept() -> None:
    text = '# %% tags=["step:a"] kfp={"type": {"n": "Dataset"}}\nn = 3\n# %% tags=["step:b"]\nprint(n)'
    pipeline = compiled(text).pipeline
    assert pipeline is not None
    outputs = pipeline.spec.components["comp-a"].output_definitions
    assert outputs is not None
    assert "n" not in outputs.parameters
    artifact = outputs.artifacts["n"].artifact_type
    assert artifact is not None
    assert artifact.schema_title == "system.Dataset"
    payload = payload_of(pipeline, "b")
    assert payload is not None
    assert [(one.name, one.binding) for one in payload.inputs] == [("n", "artifact")]


@pytest.mark.parametrize("source", ["rows = = 3", "rows = 3\n%matplotlib inline", "import os\nrows = os.cpu_count()"])
def test_a_wrong_parameters_cell_is_reported_and_not_what_follows_from_it(source: str) -> None:
    text = f'# %% tags=["parameters"]\n{source}\n# %% tags=["step:a"]\nprint(rows)\nprint(undefined)'
    codes = {code for code, _ in found(text)}
    assert "KFP116" in codes
    variables = {one.variable for one in compiled(text).diagnostics if one.code == "KFP130"}
    assert variables <= {"undefined"}


def test_a_type_that_turns_a_scalar_into_an_artifact_says_so_to_nobody() -> None:
    text = '# %% tags=["step:a"] kfp={"type": {"n": "HTML"}}\nn = "<b>1</b>"\n# %% tags=["step:b"]\nprint(n)'
    assert found(text) == []
