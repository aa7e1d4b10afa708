"""What steps saw of a file that they share, compared with what the notebook gives: ``a`` stands above ``b``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.artifacts.file_state import file_state
from jupyter_kfp.engine.file_conflicts import FileConflicts, TaskFiles
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.ids import root_path
from jupyter_kfp.spec.used_files import ABSENT, UNSTEADY, FileState, UsedFiles

OLD, NEW, NONE = FileState("1", 1, 1, 1), FileState("2", 2, 2, 2), FileState(ABSENT)
X = "/nb/d/x"


@pytest.fixture
def graph(world: Any) -> TaskGraph:
    """Two steps that know nothing of one another, and a third below both."""
    return build_task_graph(world.make_pipeline({"a": [], "b": [], "c": ["a", "b"]}))


def outcome(graph: TaskGraph, *tasks: tuple[str, UsedFiles, float, float, bool]) -> str:
    """Message of the first conflict; tasks are told in the order of their ends."""
    conflicts = FileConflicts(graph, "/nb")
    for key, files, started, ended, ran in tasks:
        node = graph.nodes[root_path(key)]
        error = conflicts.add(TaskFiles(node, files, started=started, ended=ended, ran=ran))
        if error is not None:
            assert (error.code, error.step) == ("KFP347", key)
            return error.message
    return ""


def read(state: FileState) -> UsedFiles:
    return UsedFiles(read={X: state})


def written(state: FileState, *, made: bool = False) -> UsedFiles:
    return UsedFiles(written={X: state}, made=[X] if made else [])


def listed(*names: str) -> UsedFiles:
    return UsedFiles(listed={"/nb/d": list(names)})


# Files of a and of b; then whether b ends first.
RIGHT = [
    (written(NEW), read(NEW), False),
    (written(NEW), read(NEW), True),  # it was there from another run, and is the same
    (read(OLD), written(NEW), False),
    (read(OLD), written(NEW), True),
    (written(OLD), written(NEW), False),
    (written(NEW), listed("x"), False),
    (written(NONE), listed("y"), False),
    (listed("y"), written(NEW, made=True), True),
    (read(OLD), read(NEW), True),
    (written(NEW), UsedFiles(), True),
]
WRONG = [
    (written(NEW), read(OLD), True, "wrote the file d/x too late for"),
    (written(NEW), read(NONE), True, "wrote the file d/x too late for"),
    (written(NEW), read(FileState(UNSTEADY)), True, "wrote the file d/x too late for"),
    (written(NONE), read(OLD), True, "wrote the file d/x too late for"),
    (written(NEW), read(OLD), False, "read the file d/x while it was not what"),
    (read(NEW), written(NEW), True, "read the file d/x after"),
    (read(NEW), written(NEW, made=True), True, "read the file d/x after"),
    (read(FileState(UNSTEADY)), written(NEW), True, "read the file d/x after"),
    (written(NEW), listed("y"), True, "wrote or removed d/x after"),
    (written(NONE), listed("x"), True, "wrote or removed d/x after"),
    (written(NEW), listed("y"), False, "listed a folder before"),
    (listed("x"), written(NEW, made=True), True, "listed a folder after"),
]


def both(a: UsedFiles, b: UsedFiles, b_first: bool) -> list[tuple[str, UsedFiles, float, float, bool]]:
    tasks = [("a", a, 2.0, 3.0, True), ("b", b, 0.0, 1.0, True)] if b_first else [("a", a, 0.0, 1.0, True)]
    return tasks[::-1] if b_first else [*tasks, ("b", b, 2.0, 3.0, True)]


@pytest.mark.parametrize(("a", "b", "b_first"), RIGHT)
def test_what_is_as_in_the_notebook(graph: TaskGraph, a: UsedFiles, b: UsedFiles, b_first: bool) -> None:
    assert outcome(graph, *both(a, b, b_first)) == ""


@pytest.mark.parametrize(("a", "b", "b_first", "text"), WRONG)
def test_what_is_not(graph: TaskGraph, a: UsedFiles, b: UsedFiles, b_first: bool, text: str) -> None:
    message = outcome(graph, *both(a, b, b_first))
    failed, other = ("a", "b") if b_first else ("b", "a")
    assert message.startswith(f'step "{failed}" {text}')
    assert f'"{other}"' in message


def test_steps_at_the_same_time(graph: TaskGraph) -> None:
    """Which of them was first cannot be known: a file that the later one changed may be what the earlier one saw."""
    assert outcome(graph, ("b", written(NEW), 0, 3, True), ("a", read(NEW), 1, 4, True))
    assert not outcome(graph, ("b", written(NEW), 0, 3, True), ("a", read(OLD), 1, 4, True))


def test_the_last_to_write_has_to_be_the_last_in_the_notebook(graph: TaskGraph, tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    Path(path).write_text("by b")
    by_b = UsedFiles(written={path: file_state(path)})
    Path(path).write_text("by a")
    by_a = UsedFiles(written={path: file_state(path)})
    message = outcome(graph, ("b", by_b, 0, 1, True), ("a", by_a, 2, 3, True))
    assert 'step "a" wrote over the file' in message
    assert not outcome(graph, ("b", by_a, 0, 1, True), ("a", by_a, 2, 3, True))  # both the same
    Path(path).write_text("by b")
    assert not outcome(graph, ("a", by_a, 0, 1, True), ("b", by_b, 2, 3, True))


def test_a_cached_step_that_read_what_is_written_anew(graph: TaskGraph) -> None:
    assert outcome(graph, ("b", read(OLD), 0, 0, False), ("a", written(NEW), 1, 2, True))
    assert not outcome(graph, ("b", read(OLD), 0, 0, False), ("a", written(OLD), 1, 2, True))
    assert not outcome(graph, ("a", read(NEW), 0, 0, False), ("b", written(NEW), 1, 2, True))


def test_steps_in_order_may_do_as_they_like(graph: TaskGraph) -> None:
    assert not outcome(graph, ("a", written(NEW), 0, 1, True), ("c", read(OLD), 2, 3, True))


def ended(graph: TaskGraph, key: str, files: UsedFiles, started: float = 0, ended: float = 1) -> TaskFiles:
    return TaskFiles(graph.nodes[root_path(key)], files, started=started, ended=ended, ran=True)


def test_who_writes_what_is_missing(graph: TaskGraph) -> None:
    conflicts = FileConflicts(graph, "/nb")
    nodes = {key: graph.nodes[root_path(key)] for key in "abc"}
    assert conflicts.missed(X, nodes["b"]) is None
    conflicts.add(ended(graph, "a", written(NEW)))
    assert conflicts.missed(X, nodes["b"]) is nodes["a"]
    assert conflicts.missed(X, nodes["c"]) is None  # in order: something else is wrong
    assert conflicts.missed(X, nodes["a"]) is None


def test_who_writes_it_only_later(graph: TaskGraph) -> None:
    conflicts = FileConflicts(graph, "/nb")
    conflicts.missed(X, graph.nodes[root_path("b")])
    late = ended(graph, "a", written(NEW))
    assert conflicts.add(late) is None
    [(path, warning)] = conflicts.warnings(late)
    assert (path, warning.code) == (root_path("b"), "KFP347")
    assert warning.message == 'step "a" wrote the file d/x after step "b", which stands below it, had looked for it'
    assert "step “b” with after:a" in warning.hint
    assert not list(conflicts.warnings(ended(graph, "c", written(NEW))))


@pytest.fixture
def free(world: Any) -> TaskGraph:
    return build_task_graph(world.make_pipeline({"a": [], "b": [], "c": [], "d": []}))


def test_all_orders_that_are_missing_are_told_at_once(free: TaskGraph) -> None:
    conflicts = FileConflicts(free, "/nb")
    assert conflicts.add(ended(free, "a", written(FileState("3")), 0, 1)) is None
    assert conflicts.add(ended(free, "b", written(NEW), 2, 3)) is None
    assert conflicts.add(ended(free, "d", UsedFiles(read={"/nb/other": OLD}), 2, 3)) is None
    error = conflicts.add(ended(free, "c", read(OLD), 2, 4))
    assert error is not None
    assert error.hint.startswith("tag a cell of step “b” with after:a and one of step “c” with after:b, or")


def test_a_step_that_ends_after_the_conflict_adds_what_is_missing_for_it(free: TaskGraph) -> None:
    conflicts = FileConflicts(free, "/nb")
    conflicts.add(ended(free, "a", written(NEW), 0, 1))
    error = conflicts.add(ended(free, "b", read(OLD), 0, 1))
    assert error is not None
    assert "after:b" not in error.hint
    late = ended(free, "c", written(NEW), 5, 6)
    assert conflicts.add(late) is None
    [(path, warning)] = conflicts.warnings(late)
    assert path == root_path("c")
    assert "step “b” with after:a and one of step “c” with after:b" in warning.hint
    assert not list(conflicts.warnings(late))
