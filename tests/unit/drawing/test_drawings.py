"""What people and programs see. The texts are pinned, because they are read."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.drawing import draw
from jupyter_kfp.drawing.lanes import lane_rows, reduce_edges
from jupyter_kfp.drawing.node_states import duration, node_states
from jupyter_kfp.drawing.node_text import cells_text
from jupyter_kfp.drawing.text_width import cell_width, fit_cells, fit_font, font_width
from jupyter_kfp.ids import TaskPath, root_path, step_id
from jupyter_kfp.runs.run import Progress, RunError, Task
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.model import ComponentSpec, DagSpec, Pipeline, PipelineInfo, PipelineSpec

S = RuntimeState
SVG = "{http://www.w3.org/2000/svg}"
FORMATS = ["text", "mermaid", "svg", "json"]
EVIL = 'a "q" <script>alert(1)</script> `x` #35; & \\ \n end \0 \ud800'


def tasks() -> list[Task]:
    told = {
        "load data": Task(path="", name="", state=S.SUCCEEDED, reason=Reason.CACHED, detail="same as run 12"),
        "prepare": Task(path="", name="", state=S.SUCCEEDED, started_at=1.0, finished_at=1.4),
        "train forest": Task(path="", name="", state=S.RUNNING, progress=Progress(done=2, total=5)),
        "train logistic": Task(path="", name="", state=S.PENDING, reason=Reason.RETRYING, detail="in 8 s"),
        "train boosting": Task(
            path="", name="", state=S.FAILED, error=RunError(code="KFP301", message="boom", cell=8, line=2)
        ),
        "compare": Task(
            path="", name="", state=S.SKIPPED, reason=Reason.UPSTREAM_FAILED, detail="train boosting failed"
        ),
        "clean up": Task(path="", name="", state=S.PENDING),
    }
    return [
        Task(**{field: getattr(task, field) for field in Task.__struct_fields__} | {"path": root_path(step_id(name))})
        for name, task in told.items()
    ]


def test_text(compare):
    assert (
        draw(compare, "text")
        == """\
●      load data       cell 3          → df
●      prepare         cells 4-5       df → X_train, y_train, X_test
├─┬─╮
● │ │  train forest    cell 6          X_train, y_train → forest
│ ● │  train logistic  cell 7          X_train, y_train → logistic
├─╯ │
│   ●  train boosting  cell 8          X_train, y_train → boosting
├───╯
●      compare         cells 9, 11-12  forest, logistic, boosting, X_test →
●      clean up        cell 14
"""
    )


def test_text_of_a_run_in_ascii_and_cut(compare):
    text = draw(compare, "text", states=tasks(), ascii_only=True, width=60)
    assert text.isascii()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("=      load data       Cached - same as run 12")
    assert lines[3].startswith("> | |  train forest    Running - cell 3 of 5")
    assert lines[6].startswith("|   x  train boosting  Failed - cell 8, line 2")


def test_text_of_groups(nested):
    assert (
        draw(nested, "text")
        == """\
●      importer     → artifact
▼      for-loop-1   for each of items · artifact →
┆ ▼    condition-1  if items-loop-item == 'x'
┆ ┆ ●  say it
●      exit         always · status →
"""
    )


def test_steps_that_nothing_joins_stand_apart(make_pipeline):
    assert draw(make_pipeline({"a": ([1], []), "b": ([2], [])}, []), "text") == "●  a  cell 1\n\n●  b  cell 2\n"


def test_mermaid(nested):
    assert (
        draw(nested, "mermaid")
        == """\
flowchart TD
    accTitle: Pipeline nested
    n1["<b>importer</b><br/>importer · makes artifact"]
    subgraph n2["<b>for-loop-1</b> · for each of items"]
        subgraph n3["<b>condition-1</b> · if items-loop-item == 'x'"]
            n4["<b>say it</b><br/>python:3.11"]
        end
    end
    n5["<b>exit</b><br/>always"]
    n1 -->|"artifact"| n2
    n2 -->|"status"| n5
"""
    )


def test_mermaid_takes_no_name_for_markup(make_pipeline):
    text = draw(make_pipeline({EVIL: ([1], ['"|"']), "$$x$$": ([2], [])}, [(EVIL, "$$x$$", ['"|"'])]), "mermaid")
    labels = re.findall(r'\["(.*)"\]', text)
    assert len(labels) == 2
    assert "<script" not in text
    assert "$$" not in text
    for label in [*labels, *re.findall(r'\|"(.*)"\|', text)]:
        assert '"' not in label
        assert "`" not in label


def test_json(compare):
    data = json.loads(draw(compare, "json", states=tasks()))
    assert data["name"] == "demo"
    assert data["nodes"][1] == {
        "path": "root/prepare",
        "key": "prepare",
        "name": "prepare",
        "kind": "step",
        "cells": [4, 5],
        "makes": ["X_train", "y_train", "X_test"],
        "image": "python:3.11",
        "state": {"icon": "succeeded", "word": "Succeeded", "detail": "0.4 s", "progress": None},
    }
    assert data["edges"][0] == {
        "source": "root/load-data--s4",
        "target": "root/prepare",
        "variables": ["df"],
        "order": False,
    }
    assert data["edges"][-1]["order"]


def test_json_nests_groups(nested):
    data = json.loads(draw(nested, "json"))
    assert data["nodes"][1]["inner"]["nodes"][0]["inner"]["nodes"][0]["name"] == "say it"


def svg_of(pipeline: Pipeline, **options: object) -> ET.Element:
    return ET.fromstring(draw(pipeline, "svg", **options))


def texts(root: ET.Element, css_class: str) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text") if text.get("class") == css_class]


def test_svg_tells_its_content_to_who_does_not_see_it(compare):
    root = svg_of(compare, states=tasks())
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Pipeline demo"
    assert description.text.startswith("7 steps: load data, prepare,")
    assert "load data to prepare (df)" in description.text
    assert "train boosting: Failed · cell 8, line 2" in description.text


def test_svg_stands_alone_in_both_themes(compare):
    text = draw(compare, "svg")
    assert "prefers-color-scheme:dark" in text
    assert "<script" not in text
    assert not re.search(r'(href|src)="', text)
    assert re.findall(r"https?://[^\"<]+", text) == ["http://www.w3.org/2000/svg"]


def test_svg_names_edges_and_draws_orders_dashed(compare):
    root = svg_of(compare)
    edges = next(group for group in root.iter(f"{SVG}g") if group.get("class") == "kfp-edges")
    titles = [edge.find(f"{SVG}title").text for edge in edges]
    assert titles[:2] == ["df", "X_train\ny_train"]
    assert titles[-1] == "after"
    dashed = [edge for edge in edges if "kfp-order" in draw_class(edge)]
    assert len(dashed) == 1


def draw_class(edge: ET.Element) -> str:
    return " ".join(path.get("class", "") for path in edge.iter(f"{SVG}path"))


def test_svg_says_states_in_words_and_shapes(compare):
    root = svg_of(compare, states=tasks())
    assert texts(root, "kfp-detail") == [
        "Cached · same as run 12",
        "Succeeded · 0.4 s",
        "Running · cell 3 of 5",
        "Retrying · in 8 s",
        "Failed · cell 8, line 2",
        "Not run · train boosting f…",
        "Pending",
    ]
    classes = draw(compare, "svg", states=tasks())
    for name in ("cached", "succeeded", "running", "retrying", "failed"):
        assert f'class="kfp-{name}"' in classes


def test_svg_texts_fit_their_nodes(make_pipeline):
    names = [
        "A very long name of a step that nobody wanted",
        "データの前処理とクリーニングと正規化と分割",
        "W" * 40,
        "ok",
    ]
    root = svg_of(make_pipeline({name: ([1], ["variable_" * 9]) for name in names}, []))
    shown = texts(root, "kfp-name")
    assert [name.endswith("…") for name in shown] == [True, True, True, False]
    assert all(font_width(name, 13, bold=True) <= 140 for name in shown)
    assert all(font_width(detail, 11) <= 140 for detail in texts(root, "kfp-detail"))
    tooltips = [title.text for title in root.iter(f"{SVG}title")]
    assert any(names[0] in tooltip for tooltip in tooltips)


def test_svg_of_groups_frames_what_is_inside(nested):
    root = svg_of(nested)
    frames = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "kfp-group"]
    assert len(frames) == 2
    outer, inner = (float(frame.get("width")) for frame in frames)
    assert outer >= inner + 24
    assert texts(root, "kfp-name") == ["importer", "for-loop-1", "condition-1", "say it", "exit"]


def test_two_pictures_in_one_page_share_no_ids(compare, nested):
    ids = [set(re.findall(r' id="([^"]+)"', draw(pipeline, "svg"))) for pipeline in (compare, nested)]
    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_pipeline_gives_the_same_drawing(compare, format_name):
    assert draw(compare, format_name) == draw(compare, format_name)
    assert draw(compare, format_name).endswith("\n")


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_steps(format_name):
    spec = PipelineSpec(pipeline_info=PipelineInfo(name="empty"), root=ComponentSpec(dag=DagSpec()))
    assert draw(Pipeline(spec=spec), format_name)


@pytest.mark.parametrize("format_name", ["text", "svg", "mermaid"])
def test_names_of_any_kind(make_pipeline, format_name):
    text = draw(make_pipeline({EVIL: ([1], ["x"]), "b": ([2], [])}, [(EVIL, "b", ["x"])]), format_name)
    text.encode()
    assert "\0" not in text
    if format_name == "svg":
        ET.fromstring(text)
    assert len(text.splitlines()) < 40


# --- parts


@st.composite
def orders(draw) -> tuple[list[str], dict[str, list[str]]]:
    count = draw(st.integers(1, 12))
    order = [f"n{number}" for number in range(count)]
    return order, {
        node: draw(st.lists(st.sampled_from(order[index + 1 :]), unique=True)) if index + 1 < count else []
        for index, node in enumerate(order)
    }


def reachable(order: list[str], followers: dict[str, list[str]]) -> dict[str, set[str]]:
    reached: dict[str, set[str]] = {}
    for node in reversed(order):
        reached[node] = set(followers[node]).union(*(reached[other] for other in followers[node]))
    return reached


@settings(max_examples=200)
@given(orders())
def test_reduced_edges_still_reach_what_was_reached(graph):
    order, followers = graph
    reduced = reduce_edges(order, followers)
    assert reachable(order, reduced) == reachable(order, followers)
    for node in order:
        for follower in reduced[node]:
            others = {other: reduced[other] for other in order}
            others[node] = [other for other in reduced[node] if other != follower]
            assert follower not in reachable(order, others)[node]


@settings(max_examples=200)
@given(orders())
def test_lanes_lead_every_edge_to_its_node(graph):
    order, followers = graph
    rows = lane_rows(order, followers)
    assert [row.node for row in rows] == order
    lanes: tuple[str | None, ...] = ()
    incoming = {target for targets in followers.values() for target in targets}
    for row in rows:
        kept = [lane for lane in row.before if lane]
        assert len(set(kept)) == len(kept)  # one lane per node that is to come
        assert row.before[row.column] == row.node
        assert row.is_start is (row.node not in incoming)
        if not row.is_start:
            assert row.before == lanes
        assert {row.after[column] for column in row.joins} == set(followers[row.node])
        for column, lane in enumerate(row.before):
            if column != row.column and lane:
                assert row.after[column] == lane  # lanes never jump
        lanes = row.after
    assert lanes == ()


def test_of_several_iterations_the_one_that_matters():
    paths = [TaskPath(f"root/for-loop-1[{number}]/train") for number in range(3)]
    states = [S.SUCCEEDED, S.FAILED, S.RUNNING]
    found = node_states(Task(path=path, name="t", state=state) for path, state in zip(paths, states, strict=True))
    assert list(found) == ["root/for-loop-1/train"]
    assert found[TaskPath("root/for-loop-1/train")].word == "Failed"


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_state_and_reason_has_a_word(state, reason):
    (told,) = node_states([Task(path=TaskPath("root/t"), name="t", state=state, reason=reason)]).values()
    assert told.word
    assert told.icon


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1.0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (12.3, "12 s"),
        (59.7, "1 min 0 s"),
        (100.0, "1 min 40 s"),
        (3599.8, "1 h 0 min"),
        (7500.0, "2 h 5 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([], ""),
        ([3], "cell 3"),
        ([3, 4], "cells 3-4"),
        ([3, 5, 6], "cells 3, 5-6"),
        ([1, 3, 5, 7, 9], "cells 1, 3, 5, +2"),
    ],
)
def test_cells(cells, text):
    assert cells_text(cells) == text


@given(st.text(max_size=40), st.integers(1, 30))
def test_cut_texts_fit(text, width):
    assert cell_width(fit_cells(text, width)) <= width or text == ""
    assert font_width(fit_font(text, 10, width * 10.0), 10) <= width * 10.0


def test_widths_of_wide_and_combining_characters():
    assert cell_width("a訓練") == 5
    assert cell_width("e\u0301") == 1
