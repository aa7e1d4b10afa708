"""Every edge says why it is there: who writes and who reads, in which lines."""

from __future__ import annotations

import json
import random
import string
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.rule_examples import read_example
from jupyter_kfp.drawing import draw
from jupyter_kfp.drawing.edge_reasons import EdgeReason, edge_reasons
from jupyter_kfp.drawing.text_width import cell_width
from jupyter_kfp.spec.ir_yaml import from_yaml, to_yaml
from jupyter_kfp.spec.model import ComponentSpec, DagSpec, Pipeline, PipelineInfo, PipelineSpec

NOTEBOOK = """\
# %%
import numpy as np
def show(): print(total, rows)
# %% tags=["step:load"]
np.random.seed(0)
rows = [3, 1, 2]
total = 6
if total > 5:
    extra = 1
# %% tags=["step:tidy"] kfp={"mutates": ["total"]}
rows.sort()
noise = np.random.rand(3)
# %% tags=["step:note"]
print("a long line of code that will not fit into eighty columns of a terminal", extra)
# %% tags=["step:report", "after:note"]
show()
print(noise)
"""
TEXT = """\
load -> tidy
  the state of numpy's random generator (artifact)
    made in cell 2, line 1   np.random.seed(0)
    read in cell 3, line 2   noise = np.random.rand(3)
  rows (artifact)
    made in cell 2, line 2   rows = [3, 1, 2]
    read in cell 3, line 1   rows.sort()
  total (parameter, NUMBER_INTEGER)
    made in cell 2, line 3   total = 6
    read in cell 3           (its kfp.mutates says so)

load -> note
  extra (artifact)
    perhaps made in cell 2, line 5   extra = 1
    read in cell 4, line 1           print("a long line of code that will not…

tidy -> report
  noise (artifact, Dataset)
    made in cell 3, line 2   noise = np.random.rand(3)
    read in cell 5, line 2   print(noise)
  rows (artifact)
    changed in place in cell 3, line 1   rows.sort()
    read in cell 5, line 1               show()
    by the function in cell 1, line 2    def show(): print(total, rows)
  total (artifact)
    changed in place in cell 3          (its kfp.mutates says so)
    read in cell 5, line 1              show()
    by the function in cell 1, line 2   def show(): print(total, rows)

note -> report
  order: after:note in cell 5
"""


def compiled(text: str) -> Pipeline:
    result = compile_notebook(read_example(text).files["train.ipynb"].encode(), name="train")
    assert result.pipeline is not None, result.diagnostics
    return result.pipeline


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return compiled(NOTEBOOK)


def by_names(pipeline: Pipeline) -> dict[tuple[str, str], EdgeReason]:
    return {(one.source_name, one.target_name): one for one in edge_reasons(pipeline)}


def test_text_fits_a_terminal(pipeline: Pipeline) -> None:
    text = draw(pipeline, "text", width=79, variables=True)
    assert text.partition("\n\n")[2] == TEXT
    assert max(map(cell_width, text.splitlines())) <= 79
    assert draw(pipeline, "text", width=79) == text.partition("\n\n")[0] + "\n"


def test_a_compiled_file_says_the_same(pipeline: Pipeline) -> None:
    read = from_yaml(to_yaml(pipeline))
    assert draw(read, "text", width=79, variables=True).endswith(TEXT)


def test_json_has_all_of_it(pipeline: Pipeline) -> None:
    edges = json.loads(draw(pipeline, "json", variables=True))["edges"]
    edge = next(one for one in edges if one["target"] == "root/tidy")
    assert edge["why"]["variables"][1] == {
        "name": "rows",
        "binding": "artifact",
        "type": "system.Artifact",
        "how": "made",
        "written": {"cell": 2, "line": 2, "text": "rows = [3, 1, 2]"},
        "read": {"cell": 3, "line": 1, "text": "rows.sort()"},
    }
    assert "why" not in json.loads(draw(pipeline, "json"))["edges"][0]
    order = next(one for one in edges if one["source"] == "root/note")
    assert (order["order"], order["why"]["asked_in"]) == (True, 5)


def test_pictures_tell_it_too(pipeline: Pipeline) -> None:
    words = "rows (artifact): changed in place in cell 3, line 1, read in cell 5, line 1"
    mermaid = draw(pipeline, "mermaid", variables=True)
    assert words in mermaid
    assert "order: after:note in cell 5" in mermaid
    svg = ET.fromstring(draw(pipeline, "svg", variables=True))
    titles = [element.text or "" for element in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert any(words in title.splitlines() for title in titles)


def test_state_of_the_process_is_said_in_words(pipeline: Pipeline) -> None:
    for format_ in ("text", "mermaid", "svg", "json"):
        drawn: Any = draw(pipeline, format_)  # type: ignore[arg-type]
        assert "_kfp_" not in drawn
        assert "numpy" in drawn


def test_what_a_step_only_hands_on() -> None:
    reasons = by_names(
        compiled(
            '# %% tags=["step:a"]\nx = [1]\n# %% tags=["step:b"]\ny = x\n'
            '# %% tags=["step:c"]\ny.append(2)\n# %% tags=["step:d"]\nprint(x, y)'
        )
    )
    hows = {(key, one.name): one.how for key, edge in reasons.items() for one in edge.variables}
    assert {how for (_, name), how in hows.items() if name == "x"} >= {"made", "shared"}


def test_thirty_steps_stay_readable() -> None:
    cells = ['# %% tags=["step:begin"]\nvalue_0 = [0]']
    cells += [f'# %% tags=["step:step {n}"]\nvalue_{n} = value_{n - 1} + [{n}]' for n in range(1, 30)]
    text = draw(compiled("\n".join(cells)), "text", width=79, variables=True)
    assert max(map(cell_width, text.splitlines())) <= 79
    assert text.count(" -> ") == 29
    assert "value_28 = value_27 + [28]" in text


def test_a_pipeline_of_another_tool_has_none() -> None:
    info = PipelineInfo(name="x")
    foreign = Pipeline(spec=PipelineSpec(pipeline_info=info, root=ComponentSpec(dag=DagSpec()), schema_version="2.1.0"))
    assert edge_reasons(foreign) == []
    assert draw(foreign, "text", variables=True).endswith("No edges\n")


def test_steps_whose_code_is_kept_outside_their_command_are_read_too() -> None:
    rng = random.Random(7)
    text = "".join(rng.choice(string.ascii_letters) for _ in range(200_000))
    pipeline = compiled(f'# %% tags=["step:a"]\nrows = ["{text}"]\n# %% tags=["step:b"]\nprint(rows)')
    (edge,) = edge_reasons(from_yaml(to_yaml(pipeline)))
    assert edge.variables[0].written.text.startswith(f'rows = ["{text[:20]}')
    assert edge.variables[0].read.text == "print(rows)"
