"""What a cache key is made of, and what a miss says."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from jupyter_kfp.engine.cache_reasons import explain_hit, explain_miss
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.input_resolution import ResolvedInputs
from jupyter_kfp.engine.task_cache import cache_key, cache_parts, cell_parts
from jupyter_kfp.ids import root_path
from jupyter_kfp.runs.run import CacheEntry, RunOptions, TaskArtifact
from jupyter_kfp.spec.model import EnvVar, OutputArtifact, OutputDefinitions

OPTIONS = RunOptions(working_directory="/nb")


def node_of(world, key="a", edges=None, **options):
    return build_task_graph(world.make_pipeline(edges or {"a": []}, **options)).nodes[root_path(key)]


def artifact(digest):
    return TaskArtifact(name="df", type="system.Dataset", uri="/a", digest=digest, size=1)


def entry(parts):
    return CacheEntry(
        key="k", pipeline="p", task_key="a", run_id="3fa2c1d7-0000", path="root/a", created_at=0, parts=parts
    )


def miss(node, before, after, producers=None):
    old = before | cell_parts(node)
    return explain_miss(entry(old), after | cell_parts(node), producers or {})


def test_the_same_task_has_the_same_key(world):
    parts = [cache_parts(node_of(world), ResolvedInputs(), OPTIONS) for _ in range(2)]
    assert parts[0] == parts[1]
    assert cache_key(parts[0]) == cache_key(dict(reversed(parts[0].items())))


def test_every_part_changes_the_key_and_is_named(world, tmp_path):
    node = node_of(world, packages=["msgspec"])
    inputs = ResolvedInputs({"n_trees": 300}, {"df": artifact("blake3:1")}, {"df": "prepare"})
    parts = cache_parts(node, inputs, OPTIONS)
    changed = {
        "n_trees changed: 300 -> 500": cache_parts(
            node, ResolvedInputs({"n_trees": 500}, inputs.artifacts, inputs.producers), OPTIONS
        ),
        "input df changed (from prepare)": cache_parts(
            node, ResolvedInputs(inputs.parameters, {"df": artifact("blake3:2")}, inputs.producers), OPTIONS
        ),
        "the notebook's folder changed: /nb -> /other": cache_parts(
            node, inputs, RunOptions(working_directory="/other")
        ),
        f"msgspec changed: {parts['package:msgspec']} -> 9.9": parts | {"package:msgspec": "9.9"},
        f"Python changed: {parts['python']} -> 3.99": parts | {"python": "3.99"},
        "the kernel changed: python3 -> r": parts | {"kernel": "r"},
        "the image changed: image -> image:2": parts | {"image": "image:2"},
        "this version of jupyter_kfp stores values in another way": parts | {"format": "99"},
        "the module mine beside the notebook changed": parts | {"module:mine": "blake3:3"},
    }
    for text, other in changed.items():
        assert cache_key(other) != cache_key(parts)
        assert miss(node, parts, other, inputs.producers) == text


def test_what_a_step_gives_out_is_part_of_its_key(world):
    node = node_of(world)
    parts = cache_parts(node, ResolvedInputs(), OPTIONS)
    node.component.output_definitions = OutputDefinitions(
        artifacts={"data": OutputArtifact(), "more": OutputArtifact()}
    )
    assert miss(node, parts, cache_parts(node, ResolvedInputs(), OPTIONS)) == "what later steps read from it changed"


def test_environment_variables_are_part_of_the_key_but_not_told(world):
    node = node_of(world)
    parts = cache_parts(node, ResolvedInputs(), OPTIONS)
    node.container.env = [EnvVar(name="TOKEN", value="secret")]
    after = cache_parts(node, ResolvedInputs(), OPTIONS)
    assert miss(node, parts, after) == "environment variables changed"
    assert "secret" not in str(after)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("x = 1", "x = 2", "code of cell 1 changed"),
        ("x = 1", "%time x = 1", "code of cell 1 changed"),
        ("x  =  1  # one", "x = 1", "code changed"),  # the cell is the same, so the setup behind it is not
    ],
)
def test_the_cell_that_changed_is_named(world, before, after, text):
    old, new = (node_of(world, code={"a": source}) for source in (before, after))
    old_parts = cache_parts(old, ResolvedInputs(), OPTIONS) | cell_parts(old)
    new_parts = cache_parts(new, ResolvedInputs(), OPTIONS) | cell_parts(new)
    assert explain_miss(entry(old_parts), new_parts, {}) == text


def test_several_cells_and_added_ones():
    def parts(source, **cells):
        return {"source": source} | {f"cell:{number.removeprefix('c')}": digest for number, digest in cells.items()}

    old = entry(parts("1", c1="a", c2="b", c3="c"))
    assert explain_miss(old, parts("2", c1="a", c4="B", c5="C"), {}) == "code of cells 4 and 5 changed"
    assert explain_miss(old, parts("2", c1="a"), {}) == "cells were added or removed"


def test_several_changes_are_counted():
    old = entry({"source": "1", "parameter:n": "1", "package:pandas": "2.2"})
    new = {"source": "2", "parameter:n": "2", "package:pandas": "2.3"}
    assert explain_miss(old, new, {}) == "code changed, and 2 more changes"
    more = old.parts | {"package:pandas": "2.3", "parameter:m": "1"}
    assert explain_miss(old, more, {}) == "pandas changed: 2.2 -> 2.3, and 1 more change"


def test_long_values_are_cut():
    old = entry({"parameter:s": '"' + "x" * 1000 + '"'})
    assert len(explain_miss(old, {"parameter:s": '"' + "y" * 1000 + '"'}, {})) < 120


def test_never_ran_and_hit():
    assert explain_miss(None, {}, {}) == "never ran before"
    assert explain_hit(entry({})).startswith("same as run 3fa2c1d7 of 1970-01-01 ")


def test_a_foreign_step_has_its_command_in_the_key(world):
    node = node_of(world)
    foreign = msgspec.structs.replace(node.container, args=["--step", node.container.args[1], "--more"])
    template = dataclasses.replace(node.template, record=None, container=foreign)
    stranger = dataclasses.replace(node, template=template)
    parts = cache_parts(stranger, ResolvedInputs(), OPTIONS)
    assert "source" not in parts
    assert "container" in parts
