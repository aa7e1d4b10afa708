from __future__ import annotations

from typing import Any

import pytest

from jupyter_kfp.notebook.ipython_syntax import to_python
from jupyter_kfp.notebook.kfp_magic import StepMagic, executed_source, has_step_magic, parse_step_magic


def parse(line: str) -> tuple[StepMagic, list[tuple[str, str, str]]]:
    reported: list[tuple[str, str, str]] = []
    magic = parse_step_magic(line + "\nx = 1", lambda code, message, hint, *_: reported.append((code, message, hint)))
    return magic, reported


@pytest.mark.parametrize(
    ("line", "step", "after", "options"),
    [
        ("%%kfp step train", "train", (), {}),
        ('%%kfp step "Train model" --after prepare --after "Load data"', "Train model", ("prepare", "Load data"), {}),
        ("%%kfp step --cpu 2 train --memory=4Gi", "train", (), {"cpu": "2", "memory": "4Gi"}),
        ("%%kfp step t --retries 3 --timeout 1h --no-cache", "t", (),
         {"retries": 3, "timeout": "1h", "caching": False}),
        ("%%kfp step t --env A=b --env C=d=e --env 'X=y z'", "t", (), {"env": {"A": "b", "C": "d=e", "X": "y z"}}),
        ("%%kfp step t --image img:1 --cpu-request 1 --memory-request 1Gi", "t", (),
         {"image": "img:1", "cpu_request": "1", "memory_request": "1Gi"}),
        ("%%kfp step t --after a --after a", "t", ("a",), {}),
        ("%%kfp step t --cpu -1", "t", (), {"cpu": "-1"}),
    ],
)  # fmt: skip
def test_step_and_options(line: str, step: str, after: tuple[str, ...], options: dict[str, Any]) -> None:
    assert parse(line) == (StepMagic(step=step, after=after, options=options), [])


@pytest.mark.parametrize(
    ("line", "word", "hint"),
    [
        ("%%kfp", "not by step", "%%kfp step NAME"),
        ("%%kfp stpe x", "“stpe”", "%%kfp step NAME"),
        ("%%kfp step", "names no step", "NAME"),
        ("%%kfp step Train model", "2 names", '"Train model"'),
        ("%%kfp step t --cpus 2", "--cpus", "--cpu"),
        ("%%kfp step t -c", "-c", "Allowed"),
        ("%%kfp step t --cpu", "--cpu has no value", ""),
        ("%%kfp step t --cpu --no-cache", "--cpu has no value", ""),
        ("%%kfp step t --cpu 1 --cpu 2", "--cpu is given twice", ""),
        ("%%kfp step t --env A", "--env A has no “=”", ""),
        ("%%kfp step t --env A=1 --env A=2", "--env A is given twice", ""),
        ("%%kfp step t --retries many", "--retries many", ""),
        ("%%kfp step t --no-cache=yes", "--no-cache takes no value", ""),
        ('%%kfp step "t', "not closed", ""),
    ],
)
def test_faults_name_the_option(line: str, word: str, hint: str) -> None:
    reported = parse(line)[1]
    assert reported[0][0] == "KFP122"
    assert word in reported[0][1]
    assert hint in reported[0][2]


def test_an_empty_name_is_refused_as_in_a_tag() -> None:
    assert [code for code, *_ in parse('%%kfp step ""')[1]] == ["KFP103"]


def test_where_the_magic_is() -> None:
    assert has_step_magic("\n%%kfp step x\n1")
    assert has_step_magic("%%kfp")
    assert not has_step_magic("%%kfpx step")
    assert not has_step_magic("x = 1\n%%kfp step x")
    assert not has_step_magic("")


def test_the_executed_source_keeps_its_lines() -> None:
    source = "\n%%kfp step x\ny = 1\n"
    assert executed_source(source) == "\n# %%kfp step x\ny = 1\n"
    tree = to_python(executed_source(source)).tree
    assert tree is not None
    assert tree.body[0].lineno == 3
    assert executed_source("%%kfp step x\n%%time\ny") == "%%time\ny"
    assert not executed_source("%%kfp step x").startswith("%%")
