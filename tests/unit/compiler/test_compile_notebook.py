"""From notebook to IR: what each step carries, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.compiler.compile_notebook import CompileOptions, compile_notebook, pipeline_name
from jupyter_kfp.notebook.diagnostic import Severity
from jupyter_kfp.spec.extension import Extension, read_extension
from jupyter_kfp.spec.ir_yaml import from_yaml, to_yaml
from jupyter_kfp.spec.model import Pipeline
from jupyter_kfp.spec.step_payload import INLINE_LIMIT, StepPayload, unpack_payload

Cells = list[tuple[Any, ...]]


def notebook(*cells: tuple[Any, ...], kernel: str = "python3", **kfp: Any) -> dict[str, Any]:
    """Cells are (tags, source) or (tags, source, options)."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel}, **({"kfp": kfp} if kfp else {})},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": cell[0].split(",") if cell[0] else []} | ({"kfp": cell[2]} if cell[2:] else {}),
                "source": cell[1],
                "outputs": [],
                "execution_count": None,
            }
            for number, cell in enumerate(cells, 1)
        ],
    }


def compiled(*cells: tuple[Any, ...], **kfp: Any) -> Pipeline:
    result = compile_notebook(notebook(*cells, **kfp), name="nb")
    assert result.pipeline is not None, result.diagnostics
    return result.pipeline


def payloads(pipeline: Pipeline) -> dict[str, StepPayload]:
    assert pipeline.spec.deployment_spec is not None
    found = {}
    for label, executor in pipeline.spec.deployment_spec.executors.items():
        assert executor.container is not None
        found[label.removeprefix("exec-")] = unpack_payload(executor.container.args[1])
    return found


def extension(pipeline: Pipeline) -> Extension:
    assert pipeline.spec.deployment_spec is not None
    found = read_extension(pipeline.spec.deployment_spec.extension)
    assert found is not None
    return found


def digests(*cells: tuple[Any, ...]) -> dict[str, str]:
    return {key: record.source_digest for key, record in extension(compiled(*cells)).steps.items()}


def codes(*cells: tuple[Any, ...], **kfp: Any) -> set[str]:
    return {one.code for one in compile_notebook(notebook(*cells, **kfp)).diagnostics}


CHAIN = [("step:Load data", "x = [1]\ny = 5"), ("step:use", "print(x, y)")]


def test_one_component_executor_and_task_per_step() -> None:
    spec = compiled(*CHAIN).spec
    assert spec.root.dag is not None
    tasks = spec.root.dag.tasks
    assert set(tasks) == {"load-data--c0s4", "use"}
    assert set(spec.components) == {"comp-load-data--c0s4", "comp-use"}
    use = tasks["use"]
    assert use.task_info is not None
    assert use.task_info.name == "use"
    assert use.dependent_tasks == ["load-data--c0s4"]
    assert use.inputs is not None
    assert use.inputs.artifacts["x"].task_output_artifact is not None
    assert use.inputs.parameters["y"].task_output_parameter is not None


def test_a_variable_is_a_parameter_only_if_json_keeps_it_exactly() -> None:
    values = {
        "1": "NUMBER_INTEGER", "-3": "NUMBER_INTEGER", "1.0": "NUMBER_DOUBLE", "True": "BOOLEAN", "'text'": "STRING",
        str(2**53): "NUMBER_INTEGER", str(2**53 + 2): "", "None": "", "1e999": "", "'{{$}}'": "", "'\\ud800'": "",
        "[1]": "", "1 + 1": "", "b'x'": "", "1j": "", "'x' * 3": "", f"'{'x' * 5000}'": "",
    }  # fmt: skip
    for source, expected in values.items():
        output = payloads(compiled(("step:a", f"v = {source}"), ("step:b", "v")))["a"].outputs[0]
        step_input = payloads(compiled(("step:a", f"v = {source}"), ("step:b", "v")))["b"].inputs[0]
        assert (output.binding, step_input.parameter_type) == ("parameter" if expected else "artifact", expected), (
            source
        )


@pytest.mark.parametrize(
    "source",
    ["v = 1\nv += 1", "v = 1\nif len('x'): v = 2", "for v in [1]: pass", "v = 1\ndef f():\n global v; v = 'x'\nf()"],
)
def test_what_may_change_after_is_an_artifact(source: str) -> None:
    assert payloads(compiled(("step:a", source), ("step:b", "v")))["a"].outputs[0].binding == "artifact"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pandas as pd\nv = pd.read_csv('f')", "system.Dataset"),
        ("from pandas import DataFrame\nv = DataFrame()", "system.Dataset"),
        ("import numpy as np\nv = np.zeros(3)", "system.Dataset"),
        ("import pandas\nd = pandas.DataFrame()\nv = d.dropna().assign(x=1)", "system.Dataset"),
        ("from sklearn.svm import SVC\nv = SVC()", "system.Model"),
        ("from sklearn.svm import SVC\nv = SVC()\nv.fit([], [])", "system.Model"),
        ("from sklearn import svm\nv = svm.SVC().fit([], [])", "system.Model"),
        ("from sklearn.model_selection import train_test_split\nv, w = train_test_split([])", "system.Dataset"),
        ("import torch.nn as nn\nv = nn.Linear(1, 1)", "system.Model"),
        ("import pandas as pd\nv: pd.DataFrame = make()\ndef make(): pass", ""),
        ("import pandas as pd\ndef make() -> pd.DataFrame: ...\nv = make()", "system.Dataset"),
        ("pd = Exception\nv = pd('x')", "system.Artifact"),
        ("v = [1]", "system.Artifact"),
        ("model = [1]\nv = model", "system.Artifact"),
    ],
)
def test_artifact_types_come_from_values_not_names(source: str, expected: str) -> None:
    result = compile_notebook(notebook(("step:a", source), ("step:b", "v")))
    if not expected:
        assert {one.code for one in result.diagnostics} == {"KFP130"}
        return
    assert result.pipeline is not None
    assert next(one for one in payloads(result.pipeline)["a"].outputs if one.name == "v").artifact_type == expected


def test_the_user_may_declare_the_type() -> None:
    cells = [("step:a", "v = [1]", {"type": {"v": "Model"}}), ("step:b", "v")]
    assert payloads(compiled(*cells))["a"].outputs[0].artifact_type == "system.Model"


def test_compiling_is_deterministic_and_ignores_outputs() -> None:
    first = notebook(*CHAIN)
    second = json.loads(json.dumps(first))
    second["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 1000}]
    second["cells"][0]["execution_count"] = 7
    one, two = (compile_notebook(each).pipeline for each in (first, second))
    assert one is not None
    assert two is not None
    assert to_yaml(one) == to_yaml(two)
    assert to_yaml(from_yaml(to_yaml(one))) == to_yaml(one)


def test_comments_and_layout_do_not_count_in_the_digest() -> None:
    before = digests(("setup", "import json"), ("step:a", "x = json.dumps([1])"))
    assert before == digests(("setup", "import json"), ("step:a", "# a comment\nx = json.dumps( [1] )\n"))
    assert before != digests(("setup", "import json"), ("step:a", "x = json.dumps([2])"))
    assert before != digests(("setup", "import json as json"), ("step:a", "%matplotlib inline\nx = json.dumps([1])"))


def test_setup_that_a_step_does_not_use_does_not_count() -> None:
    steps = [("step:a", "print(f())"), ("step:b", "print(g())")]
    before = digests(("setup", "def f(): return 1"), ("setup", "def g(): return 1"), *steps)
    after = digests(("setup", "def f(): return 2"), ("setup", "def g(): return 1"), *steps)
    assert before["a"] != after["a"]
    assert before["b"] == after["b"]


def test_setup_is_replayed_only_where_it_matters() -> None:
    cells = [
        ("setup", "import json"),
        ("setup", "LIMIT = 3"),
        ("setup", "def f(): return LIMIT"),
        ("setup", "import warnings\nwarnings.simplefilter('ignore')"),
        ("step:a", "json"),
        ("step:b", "f()"),
    ]
    setups = {key: [cell.number for cell in one.setup] for key, one in payloads(compiled(*cells)).items()}
    assert setups == {"a": [1, 3, 4], "b": [2, 3, 4]}


def test_imports_of_steps_are_replayed_in_later_ones() -> None:
    payload = payloads(compiled(("step:a", "import json, os\nx = 1"), ("step:b", "json.dumps(x)")))["b"]
    assert [(cell.number, cell.source) for cell in payload.setup] == [(1, "import json")]


def test_literal_settings_by_magics_are_made_again_in_later_steps() -> None:
    source = "%env A=1\n%set_env B 2 3\n%env\n%env C\n%cd data"
    result = compile_notebook(notebook(("step:a", source), ("step:b", "print(1)")))
    assert result.pipeline is not None
    repeated = "__import__('jupyter_kfp.worker.repeated_settings', fromlist=['_']).repeat({!r}, '')"
    assert [cell.source for cell in payloads(result.pipeline)["b"].setup] == [
        repeated.format("import os\nos.environ['A'] = '1'"),
        repeated.format("import os\nos.environ['B'] = '2 3'"),
        repeated.format("get_ipython().run_line_magic('cd', '-q data')"),
    ]


@pytest.mark.parametrize(
    ("source", "carried"),
    [
        ("os.environ['A'] = str(f())", "_kfp_environ"),
        ("del os.environ['A' * f()]", "_kfp_environ"),
        ("%cd -", "_kfp_folder"),
        ("sys.path.append(f())", "_kfp_import_path"),
        ("if f(): os.environ['A'] = '1'", "_kfp_environ"),
    ],
)
def test_settings_that_cannot_be_made_again_travel(source: str, carried: str) -> None:
    cells = [("step:a", f"import os, sys\ndef f(): return 1\n{source}"), ("step:b", "print(1)")]
    result = compile_notebook(notebook(*cells))
    assert result.pipeline is not None, result.diagnostics
    found = payloads(result.pipeline)
    assert [one.name for one in found["a"].outputs] == [one.name for one in found["b"].inputs] == [carried]
    assert not found["b"].inputs[0].guarded


def test_steps_do_not_wait_for_settings_that_are_made_again() -> None:
    source = "import warnings, logging\nwarnings.simplefilter('ignore')\nlog = logging.getLogger('x')\nlog.setLevel(10)"
    cells = [("step:a", source), ("step:b", "print(1)"), ("step:c", "import logging\nlogging.warning('x')")]
    result = compile_notebook(notebook(*cells))
    assert result.pipeline is not None
    assert all(not task.dependent_tasks for task in result.pipeline.spec.root.dag.tasks.values())


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("json.dumps = json.loads('1')", "json.dumps is"),
        ("json.decoder.BACKSLASH[json.loads('1')] = 1", "json.decoder.BACKSLASH[...] is"),
        ("del json.decoder.BACKSLASH[json.loads('1')]", "json.decoder.BACKSLASH[...] is"),
        ("%matplotlib $backend", "%matplotlib is"),
    ],
)
def test_settings_are_named_as_they_are_written(source: str, named: str) -> None:
    reader = ("step:b", "import matplotlib\nprint(json, matplotlib)")
    cells = [("step:a", f"import json\nbackend = 'agg'\n{source}"), reader]
    assert compile_notebook(notebook(*cells)).diagnostics[0].message.startswith(named)


@pytest.mark.parametrize(
    ("source", "fresh"),
    [
        ("import uuid\nRUN = uuid.uuid4().hex", "RUN"),
        ("import time as t\nSTART: float = t.time()", "START"),
        ("from datetime import datetime\nDAY = f'{datetime.now():%Y}'", "DAY"),
        ("import numpy as np\nA, B = np.random.rand(2)", "A B"),
        ("import numpy as np\nRNG = np.random.default_rng()", "RNG"),
        ("import numpy as np\nRNG = np.random.default_rng(1)", ""),
        ("import numpy as np\nnp.random.seed(1)\nX = np.random.rand(2)", ""),
        ("import random\nX = random.random()", "X"),
        ("NONE = object()", "NONE"),
        ("import time\nnow = lambda: time.time()\ndef later():\n    x = time.time()", ""),
    ],
)
def test_values_that_setup_makes_anew_in_each_step(source: str, fresh: str) -> None:
    use = "".join(f"print({name})\n" for name in fresh.split())
    result = compile_notebook(notebook(("setup", source), ("step:a", use + "1"), ("step:b", use + "2")))
    found = [one for one in result.diagnostics if one.code == "KFP141"]
    assert " ".join(one.variable for one in found) == fresh
    assert all(one.cell == 1 and one.line for one in found)
    assert result.pipeline is not None


def test_setup_of_one_step_only_may_make_new_values() -> None:
    assert codes(("setup", "import uuid\nRUN = uuid.uuid4()"), ("step:a", "print(RUN)")) == set()


def test_parameters_are_typed_and_described() -> None:
    cells = [("parameters", "n: int = 3  # how many\nxs = [1]"), ("step:a", "print(n)"), ("step:b", "print(xs)")]
    pipeline = compiled(*cells)
    assert pipeline.spec.root.input_definitions is not None
    declared = pipeline.spec.root.input_definitions.parameters
    assert (declared["n"].parameter_type, declared["n"].default_value, declared["n"].description) == (
        "NUMBER_INTEGER",
        3,
        "how many",
    )
    assert [(one.name, one.parameter_type, one.producer) for one in payloads(pipeline)["a"].inputs] == [
        ("n", "NUMBER_INTEGER", "")
    ]


def test_parameters_that_kfp_may_not_pass_are_marked() -> None:
    """KFP passes no null: a parameter that is None by default arrives as none at all."""
    cells = [("parameters", "a = None\nb = 0\nc: int"), ("step:s", "print(a, b, c)")]
    pipeline = compiled(*cells)
    assert {one.name: one.optional for one in payloads(pipeline)["s"].inputs} == {"a": True, "b": False, "c": False}
    assert pipeline.spec.root.input_definitions is not None
    declared = pipeline.spec.root.input_definitions.parameters
    assert {name: (one.has_default, one.is_optional) for name, one in declared.items()} == {
        "a": (False, True),
        "b": (True, True),
        "c": (False, None),
    }


def test_guarded_are_inputs_that_later_steps_see_too_and_that_do_not_change_here() -> None:
    cells = [
        ("step:a", "x, y = [1], [2]"),
        ("step:b", "print(x)\ny.append(1)"),
        ("step:c", "print(x, y)"),
    ]
    found = payloads(compiled(*cells))
    assert {one.name: one.guarded for one in found["b"].inputs} == {"x": True, "y": False}
    assert not any(one.guarded for one in found["c"].inputs)
    declared = [cells[0], ("step:b", "print(x)", {"mutates": ["x"]}), cells[2]]
    assert [one.name for one in payloads(compiled(*declared))["b"].outputs] == ["x"]


def test_logged_outputs_are_declared() -> None:
    cells = [
        ("setup", "import jupyter_kfp as k\nfrom jupyter_kfp import log_html as lh"),
        ("step:a", "k.log_metric('m', 1)\nk.log_confusion_matrix([], [])\nlh('<b>', 'my page')"),
        ("step:b", "name = 'x'\nk.log_figure(None, name)\nk.log_artifact('f', 'data', 'system.Dataset')"),
        ("step:c", "pass"),
    ]
    components = compiled(*cells).spec.components
    outputs = {}
    for key in "abc":
        definitions = components[f"comp-{key}"].output_definitions
        assert definitions is not None
        types = {name: one.artifact_type for name, one in definitions.artifacts.items()}
        outputs[key] = {name: one.schema_title for name, one in types.items() if one}
    assert outputs["a"] == {
        "executed-notebook": "system.Artifact",
        "step-metrics": "system.Metrics",
        "step-classification-metrics": "system.ClassificationMetrics",
        "log-my-page--s2": "system.HTML",
    }
    assert outputs["b"] == {"executed-notebook": "system.Artifact", "log-data": "system.Dataset"}
    assert outputs["c"] == {"executed-notebook": "system.Artifact"}


def test_extension_says_what_travels_and_why() -> None:
    found = extension(compiled(("step:a", "import pandas\nx = 1"), ("step:b", "\nprint(x)"), ("step:c,after:b", "1")))
    assert list(found.steps) == ["a", "b", "c"]
    assert found.steps["a"].packages == ["pandas"]
    assert [(edge.source, edge.target) for edge in found.edges] == [("a", "b"), ("b", "c")]
    variable = found.edges[0].variables[0]
    assert (variable.name, variable.written_cell, variable.read_cell, variable.read_line) == ("x", 1, 2, 2)
    assert found.edges[1].variables == []


def test_a_large_payload_is_kept_in_the_extension() -> None:
    noise = "".join(chr(33 + (index * index * 7919) % 90) for index in range(3 * INLINE_LIMIT))
    pipeline = compiled(("step:a", f"text = {noise!r}"))
    assert pipeline.spec.deployment_spec is not None
    container = pipeline.spec.deployment_spec.executors["exec-a"].container
    assert container is not None
    stored = extension(pipeline).payloads
    if container.args[1].startswith("@"):
        assert noise in unpack_payload(stored[container.args[1][1:]]).cells[0].source.encode().decode("unicode_escape")
    assert max(map(len, container.args)) <= INLINE_LIMIT


def test_options_reach_spec_and_platform() -> None:
    options = {
        "cpu": "2",
        "timeout": 90,
        "retries": 2,
        "caching": False,
        "env": {"A": "b"},
        "node_selector": {"a": "b"},
    }
    pipeline = compiled(("step:a", "1", options), ("step:b", "2"))
    assert pipeline.spec.root.dag is not None
    task = pipeline.spec.root.dag.tasks["a"]
    assert task.caching_options is not None
    assert task.caching_options.enable_cache is None
    assert task.retry_policy is not None
    assert task.retry_policy.max_retry_count == 2
    assert pipeline.platform is not None
    deployment = pipeline.platform.platforms["kubernetes"].deployment_spec
    assert deployment is not None
    assert deployment.executors == {
        "exec-a": {"activeDeadlineSeconds": "90", "nodeSelector": {"labels": {"a": "b"}}},
    }
    assert extension(pipeline).steps["a"].timeout_seconds == 90
    assert compiled(("step:b", "2")).platform is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("Flights 2013!", "flights-2013"), ("Übung", "ubung"), ("变量", "notebook"), ("a" * 80, "a" * 63)],
)
def test_pipeline_names_are_dns_names(text: str, name: str) -> None:
    assert pipeline_name(text) == name


def test_pipeline_keeps_the_readable_name() -> None:
    info = compiled(("step:a", "1"), name="Daily report", description="What happened").spec.pipeline_info
    assert (info.name, info.display_name, info.description) == ("daily-report", "Daily report", "What happened")


def test_whole_and_by_heading() -> None:
    result = compile_notebook(notebook(*CHAIN), options=CompileOptions(whole=True), name="All of it")
    assert result.pipeline is not None
    assert [one.step for one in payloads(result.pipeline).values()] == ["All of it"]


def test_errors_leave_no_pipeline_and_name_the_step() -> None:
    result = compile_notebook(notebook(("step:a", "x = 1"), ("step:b", "\nprint(xx)")))
    assert result.pipeline is None
    (found,) = result.diagnostics
    assert (found.code, found.severity, found.step, found.cell, found.line, found.column) == (
        "KFP130", Severity.ERROR, "b", 2, 2, 7,
    )  # fmt: skip
    assert found.cell_id == "c2"
    assert "“x”" not in found.message


def test_broken_files_are_diagnostics(tmp_path: Path) -> None:
    for data in (b"", b"{", b"[]", b"\xff\xfe"):
        result = compile_notebook(data)
        assert result.pipeline is None
        assert result.diagnostics
    assert compile_notebook(tmp_path / "missing.ipynb").pipeline is None


def test_a_comment_silences_a_warning_but_no_error() -> None:
    warned = ("step:a", "code = open('f.py').read()\nexec(code)")
    assert "KFP136" in codes(warned)
    assert "KFP136" not in codes((warned[0], warned[1] + "  # kfp: ignore[KFP136]"))
    assert "KFP136" not in codes((warned[0], warned[1] + "  # kfp: ignore"))
    assert "KFP136" in codes((warned[0], warned[1] + "  # kfp: ignore[KFP131]"))
    assert "KFP130" in codes(("step:a", "print(y)  # kfp: ignore[KFP130]"))


def test_lines_are_those_of_the_users_cell() -> None:
    found = compile_notebook(notebook(("step:a", "%matplotlib inline\nfiles = !ls\nprint(files, missing)"))).diagnostics
    assert [(one.code, one.line) for one in found if one.severity is Severity.ERROR] == [("KFP130", 3)]


def test_shell_names_are_inputs() -> None:
    found = payloads(compiled(("step:a", "x = ['f']"), ("step:b", "!echo {x[0]} $HOME")))
    assert [one.name for one in found["b"].inputs] == ["x"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_in_cells_gives_a_pipeline_or_diagnostics(sources: list[str]) -> None:
    result = compile_notebook(notebook(*[(f"step:s{number}", source) for number, source in enumerate(sources)]))
    errors = [one for one in result.diagnostics if one.severity is Severity.ERROR]
    assert (result.pipeline is None) == bool(errors)
    if result.pipeline is not None:
        from_yaml(to_yaml(result.pipeline))


def test_a_name_that_no_cell_binds_is_told_of_once_with_all_places():
    cells = [
        ("step:a", "t = pd.DataFrame()\nprint(pd)"),
        ("step:b", "if t:\n    pd.concat([t])"),
        ("step:c", "print(pd)"),
    ]
    [found] = compile_notebook(notebook(*cells)).diagnostics
    assert (found.code, found.cell, found.line) == ("KFP130", 1, 1)
    assert found.message.endswith("used also in cell 1, line 2; cell 2, line 2; cell 3, line 1")
    assert "import pandas as pd" in found.hint
