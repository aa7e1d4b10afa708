"""The live picture of a run: state in, lines out; nothing here touches a terminal.

parallel_models · run 3fa2c1d7                          2 of 5 steps done · 12 s
  ✓ prepare        Succeeded      0.4 s
  ≡ train svm      Cached                same as run 81cc
  ◴ train forest   Running        9.1 s  3/5, cell 9
  ◌ compare        Pending
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from jupyter_kfp.cli.run_view import RunView, TaskView
from jupyter_kfp.cli.styled_lines import Line, Segment, fit, fit_line, line_width, pad, printable, text_width
from jupyter_kfp.cli.task_tree import tree_labels
from jupyter_kfp.cli.words import REASON_TEXT, RUNNING, counted, duration, state_word
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.runs.states import FINISHED, RuntimeState

_SPINNER = "◴◷◶◵"
_WORD_COLUMNS = 9
_TIME_COLUMNS = 11
_SHORT_ID = 8


class Screen(NamedTuple):
    """What the lines must fit into."""

    width: int = 80
    height: int | None = None
    """None: as many lines as it takes."""
    unicode: bool = True


def short_id(run_id: str) -> str:
    """The first part of a run's id, enough to name it."""
    return run_id[:_SHORT_ID]


def run_lines(view: RunView, screen: Screen, now: float) -> list[Line]:
    """Header and one line per step; on a low screen the least interesting steps are only counted."""
    shown, hidden = list(view.tasks.values()), list[TaskView]()
    room = None if screen.height is None else max(3, screen.height - 3)
    if room is not None and len(shown) > room:
        # Where not all have room the steps come first: their names tell what they are part of.
        shown = view.steps()
    if room is not None and len(shown) > room:
        shown, hidden = _choose(shown, room - 1)
    labels = {task.path: label for task, label in zip(shown, tree_labels(shown), strict=True)}
    name_columns = _name_columns(labels.values(), screen)
    lines = [header_line(view, screen, now)]
    lines += [task_line(task, labels[task.path], screen, now, name_columns) for task in shown]
    if hidden:
        lines.append([Segment(fit(f"  and {_hidden_summary(hidden)}", screen.width), "dim")])
    return lines


def header_line(view: RunView, screen: Screen, now: float) -> Line:
    """What runs, how far it is, for how long."""
    word = state_word(view.state, view.reason)
    progress = f"{progress_words(view)} · {duration(view.seconds(now))}"
    if view.state is not RuntimeState.RUNNING:
        progress = f"{word.word} · {progress}"
    run = f" · run {short_id(view.run_id)}"
    if not screen.unicode:
        progress, run = progress.replace(" · ", ", "), run.replace(" · ", ", ")
    room = screen.width - text_width(progress) - text_width(run) - 2
    if room < 4:
        return [Segment(fit(progress, screen.width))]
    title = fit(printable(view.name or view.pipeline), room) + run
    gap = " " * max(2, min(screen.width, 100) - text_width(title) - text_width(progress))
    return [Segment(title, "name"), Segment(gap), Segment(progress)]


def progress_words(view: RunView) -> str:
    """How many steps are done; of a run that failed or was canceled how many went well."""
    steps = counted(len(view.steps()), "step")
    if view.state not in {RuntimeState.FAILED, RuntimeState.CANCELED}:
        return f"{view.done} of {steps} done"
    return f"{sum(task.state is RuntimeState.SUCCEEDED for task in view.steps())} of {steps} succeeded"


def task_line(task: TaskView, label: str, screen: Screen, now: float, name_columns: int) -> Line:
    """Icon, label, word, duration, reason."""
    word = state_word(task.state, task.reason)
    icon = word.icon if screen.unicode else word.ascii_icon
    if word is RUNNING and screen.unicode:
        icon = _SPINNER[int(now * 4) % len(_SPINNER)]
    seconds = task.seconds(now)
    time = duration(seconds) if seconds is not None and task.state is not RuntimeState.SKIPPED else ""
    line: Line = [
        Segment("  "),
        Segment(icon, word.role),
        Segment(" " + pad(fit(label, name_columns), name_columns) + "  "),
        Segment(pad(word.word, _WORD_COLUMNS)),
        Segment(pad(time, _TIME_COLUMNS, right=True) + "  ", "dim"),
    ]
    if line_width(line) > screen.width:  # too narrow for the duration
        line.pop()
        line.append(Segment("  "))
    reason = task_reason(task)
    if reason:
        line.append(Segment(printable(reason), "bad" if task.state is RuntimeState.FAILED else "plain"))
    return fit_line(line, screen.width)


def task_reason(task: TaskView) -> str:
    """What is shown behind the word: where it is, or why it is so."""
    parts: list[str] = []
    if task.state is RuntimeState.RUNNING and task.progress is not None:
        parts.append(progress_text(task))
    if task.attempt > 1:
        parts.append(f"attempt {task.attempt}")
    if task.state is RuntimeState.FAILED and task.error is not None:
        parts.append(_without_step(error_summary(task.error), task.name))
    elif task.detail:
        parts += [task.detail] if task.detail not in parts else []  # that of a later attempt is its number
    elif task.reason is not None:
        parts.append(REASON_TEXT[task.reason])
    return ", ".join(parts)


def progress_text(task: TaskView) -> str:
    """Which cell of the step it is in, and where that is in the notebook; between cells how many are done."""
    progress = task.progress
    if progress is None:
        return ""
    if progress.cell is None:
        return f"{progress.done}/{progress.total}"
    return f"{min(progress.done + 1, progress.total)}/{progress.total}, cell {progress.cell}"


def error_summary(error: RunError) -> str:
    """Place and first line of an error."""
    place = ", ".join(
        f"{word} {value}" for word, value in (("cell", error.cell), ("line", error.line)) if value is not None
    )
    message = error.message.strip().splitlines()[0] if error.message.strip() else error.exception
    return f"{place}: {message}" if place and place not in message else message


def _without_step(message: str, name: str) -> str:
    """Leave out what stands at the beginning of the line anyway."""
    for beginning in (f'step "{name}"', f"step {name}"):
        if message.startswith((f"{beginning}, ", f"{beginning}: ")):
            return message[len(beginning) + 2 :]
    return message


def _name_columns(labels: Iterable[str], screen: Screen) -> int:
    longest = max(map(text_width, labels), default=0)
    return max(4, min(longest, screen.width // 3, 40))


def _choose(tasks: list[TaskView], room: int) -> tuple[list[TaskView], list[TaskView]]:
    """Keep what happens or failed, then what comes next, then what ended last; in declared order."""

    def interest(task: TaskView) -> tuple[int, float]:
        if task.state is RuntimeState.FAILED or task.state not in FINISHED | {RuntimeState.PENDING}:
            return (0, 0.0)
        if task.state is RuntimeState.PENDING:
            return (1 if task.attempt else 2, 0.0)
        return (3, -(task.finished_at or 0.0))

    order = sorted(range(len(tasks)), key=lambda position: (*interest(tasks[position]), position))
    # A third of the room stays for what is done, so that progress can be seen.
    urgent = [position for position in order if interest(tasks[position])[0] < 2]
    waiting = [position for position in order if interest(tasks[position])[0] == 2]
    ended = [position for position in order if interest(tasks[position])[0] == 3]
    for_ended = min(len(ended), max(room // 3, room - len(urgent) - len(waiting)))
    kept = (urgent + waiting)[: max(0, room - for_ended)] + ended[:for_ended]
    shown = set(kept if len(urgent) <= room - for_ended else urgent[:room])
    return (
        [task for position, task in enumerate(tasks) if position in shown],
        [task for position, task in enumerate(tasks) if position not in shown],
    )


def _hidden_summary(hidden: list[TaskView]) -> str:
    words = Counter(state_word(task.state, task.reason).word for task in hidden)
    return f"{len(hidden)} more: " + ", ".join(f"{count} {word}" for word, count in words.items())
