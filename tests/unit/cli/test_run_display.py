"""The picture of a run, as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.cli.run_display import Screen, run_lines
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import as_text, line_width
from jupyter_kfp.ids import RunId, root_path
from jupyter_kfp.runs.events import RunCreated, RunEvent, RunMoved, StoredEvent, TaskDeclared, TaskMoved, TaskProgressed
from jupyter_kfp.runs.states import RuntimeState

S = RuntimeState
RUN = RunId("3fa2c1d7-0000-4000-8000-000000000000")


def view_after(events: list[RunEvent]) -> RunView:
    view = RunView(RUN)
    view.apply_all(StoredEvent(run_id=RUN, seq=number, event=event) for number, event in enumerate(events, 1))
    return view


def picture(
    events: list[RunEvent], *, width: int = 79, height: int | None = None, now: float, unicode: bool = True
) -> str:
    lines = run_lines(view_after(events), Screen(width, height, unicode), now)
    return "\n".join(as_text(line) for line in lines)


def many_steps(count: int, running: int) -> list[RunEvent]:
    names = [f"step {number}" for number in range(count)]
    paths = [root_path(f"s{number}") for number in range(count)]
    declared = [TaskDeclared(path=path, name=name) for path, name in zip(paths, names, strict=True)]
    events: list[RunEvent] = [
        RunCreated(at=0.0, name="big", pipeline="big", experiment="Default", spec_digest="d", tasks=declared),
        RunMoved(at=0.0, state=S.RUNNING),
    ]
    for number in range(running):
        events.append(TaskMoved(at=float(number), path=paths[number], state=S.RUNNING, attempt=1))
        events.append(TaskMoved(at=number + 0.5, path=paths[number], state=S.SUCCEEDED, attempt=1))
    events.append(TaskMoved(at=float(running), path=paths[running], state=S.RUNNING, attempt=1))
    return events


def test_a_run_in_the_middle(running_events: list[RunEvent]) -> None:
    assert picture(running_events, now=1_700_000_012.5) == (
        "nightly · run 3fa2c1d7                                 1 of 3 steps done · 12 s\n"
        "  ≡ prepare      Cached                same as run 81cc\n"
        "  ◶ Train model  Running         12 s  3/5, cell 8\n"
        "  ◌ compare      Pending"
    )


def test_a_failed_run(failing_events: list[RunEvent]) -> None:
    assert picture(failing_events, width=100, now=1_700_000_020.0) == (
        "nightly · run 3fa2c1d7                                        Failed · 1 of 3 steps succeeded · 16 s\n"
        "  ≡ prepare      Cached                same as run 81cc\n"
        "  ✗ Train model  Failed         1.0 s  attempt 2, cell 7, line 2: ValueError: no rows\n"
        "  ⊖ compare      Not run               Train model failed"
    )


def test_sixty_columns(failing_events: list[RunEvent]) -> None:
    text = picture(failing_events, width=59, now=1_700_000_020.0)
    assert max(len(line) for line in text.splitlines()) <= 59
    assert "Train model  Failed" in text


def test_ascii_only(failing_events: list[RunEvent]) -> None:
    text = picture(failing_events, width=60, now=1_700_000_020.0, unicode=False)
    assert "  = prepare" in text
    assert "  x Train model" in text


def test_wide_names_are_aligned() -> None:
    events = [
        RunCreated(
            at=0.0,
            name="r",
            pipeline="p",
            experiment="Default",
            spec_digest="d",
            tasks=[
                TaskDeclared(path=root_path("a"), name="訓練 モデル"),
                TaskDeclared(path=root_path("b"), name="übung"),
            ],
        )
    ]
    lines = picture(events, now=0.0).splitlines()
    assert lines[1:] == ["  ◌ 訓練 モデル  Pending", "  ◌ übung        Pending"]


def test_forty_steps_on_a_low_screen_keep_what_happens() -> None:
    text = picture(many_steps(40, 20), height=24, now=25.0)
    lines = text.splitlines()
    assert len(lines) <= 22
    assert any("step 20" in line and "Running" in line for line in lines)
    assert "step 19" in text, "what ended last stays in sight"
    assert "step 21" in text, "what comes next stays in sight"
    assert lines[-1] == "  and 20 more: 14 Succeeded, 6 Pending"


def test_all_steps_are_shown_where_there_is_room() -> None:
    assert len(picture(many_steps(40, 20), now=25.0).splitlines()) == 41


@given(st.integers(20, 120), st.integers(1, 50), st.integers(0, 39), st.integers(1, 40))
def test_nothing_is_wider_or_higher_than_the_screen(width: int, height: int, running: int, count: int) -> None:
    view = view_after(many_steps(count, min(running, count - 1)))
    lines = run_lines(view, Screen(width, height), now=50.0)
    assert all(line_width(line) <= width for line in lines)
    assert len(lines) <= max(height, 4)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "tab\there"])
def test_names_cannot_move_the_cursor(name: str) -> None:
    declared = [TaskDeclared(path=root_path("a"), name=name)]
    events: list[RunEvent] = [
        RunCreated(at=0.0, name=name, pipeline="p", experiment="e", spec_digest="d", tasks=declared),
        TaskProgressed(at=1.0, path=root_path("a"), attempt=1, done=1, total=2),
    ]
    lines = run_lines(view_after(events), Screen(), now=1.0)
    assert not any(char < " " for line in lines for char in as_text(line))
