"""What is printed at the end of a run."""

from played_run import PREPARE, RUN_ID, STARTED, TRAIN, artifact, stored

from jupyter_kfp.cli.run_report import RunResults, StoredThing, report_lines
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import as_text
from jupyter_kfp.ids import root_path
from jupyter_kfp.runs.events import RunEvent, RunMoved, TaskMoved
from jupyter_kfp.runs.states import RuntimeState


def report(events: list[RunEvent], results: RunResults, width: int | None = None) -> str:
    view = RunView(RUN_ID)
    view.apply_all(stored(events))
    return "\n".join(as_text(line) for line in report_lines(view, results, width))


def test_a_good_end(succeeding_events: list[RunEvent]) -> None:
    results = RunResults(
        notebooks={PREPARE: "/store/a.ipynb", TRAIN: "/store/b.ipynb"},
        logged=[StoredThing(TRAIN, artifact("roc", "f", "system.HTML"), "/store/f")],
    )
    assert report(succeeding_events, results) == (
        "\n"
        "Metric  Last value  Step\n"
        "loss          0.25  Train model  2 values\n"
        "best             3  compare\n"
        "\n"
        "Artifact  Type  Step            Size  Where\n"
        "roc       HTML  Train model  2.0 KiB  /store/f\n"
        "\n"
        "Executed notebook of  Where\n"
        "prepare               /store/a.ipynb\n"
        "Train model           /store/b.ipynb\n"
        "\n"
        "jupyter kfp show 3fa2c1d7  look further"
    )


def test_a_bad_end(failing_events: list[RunEvent]) -> None:
    results = RunResults(notebooks={TRAIN: "/store/e.ipynb"}, log_tails={TRAIN: ["again"]})
    assert report(failing_events, results) == (
        "\n"
        "Step Train model failed\n"
        'error KFP301: step "Train model", cell 7, line 2: ValueError: no rows\n'
        "  Cell 7, line 2\n"
        "      fit(rows)\n"
        "  ValueError: no rows\n"
        "  hint: Look at the rows.\n"
        "Its last 1 line of output:\n"
        "  | again\n"
        "Executed notebook: /store/e.ipynb\n"
        "\n"
        "jupyter kfp logs 3fa2c1d7 'Train model'  what it printed\n"
        "jupyter kfp retry 3fa2c1d7               run what failed again, with the code of this run\n"
        "jupyter kfp run NOTEBOOK                 after a change of the notebook; what did not change is cached\n"
        "jupyter kfp show 3fa2c1d7                look further"
    )


def test_long_lines_of_output_are_cut(failing_events: list[RunEvent]) -> None:
    text = report(failing_events, RunResults(log_tails={TRAIN: ["short", "x" * 200_000]}))
    assert "  | short\n" in text
    assert f"  | {'x' * 500}…\n" in text


def test_paths_that_do_not_fit_give_way_to_their_folder(succeeding_events: list[RunEvent]) -> None:
    long = "0" * 60
    results = RunResults(
        notebooks={PREPARE: f"/store/aa/{long}", TRAIN: f"/store/ab/{long}"},
        logged=[StoredThing(TRAIN, artifact("roc", "f", "system.HTML"), f"/store/ac/{long}")],
    )
    assert report(succeeding_events, results, width=79).split("\n\n")[1:] == [
        "Artifact  Type  Step            Size\nroc       HTML  Train model  2.0 KiB",
        (
            "Executed notebooks: prepare, Train model\n"
            "In /store\n"
            "jupyter kfp artifacts 3fa2c1d7  lists the paths; --open and --copy NAME"
        ),
        "jupyter kfp show 3fa2c1d7  look further",
    ]


def test_many_notebooks_are_cut(succeeding_events: list[RunEvent]) -> None:
    notebooks = {root_path(f"s{number}"): f"/store/{number}" for number in range(14)}
    text = report(succeeding_events, RunResults(notebooks=notebooks))
    assert "/store/9" in text
    assert "/store/10" not in text
    assert "and 4 more: jupyter kfp artifacts 3fa2c1d7" in text


def test_a_canceled_run_can_go_on(succeeding_events: list[RunEvent]) -> None:
    events = [*succeeding_events[:2], RunMoved(at=STARTED + 1, state=RuntimeState.CANCELED)]
    assert "jupyter kfp retry 3fa2c1d7" in report(events, RunResults())


def test_output_of_a_step_cannot_move_the_cursor(failing_events: list[RunEvent]) -> None:
    text = report(failing_events, RunResults(log_tails={TRAIN: ["\x1b[2J\tgone"]}))
    assert "\x1b" not in text


def test_a_retry_counts_its_own_time(failing_events: list[RunEvent]) -> None:
    view = RunView(RUN_ID)
    again = [
        *failing_events,
        TaskMoved(at=STARTED + 100, path=TRAIN, state=RuntimeState.PENDING, attempt=2),
        RunMoved(at=STARTED + 100, state=RuntimeState.RUNNING),
    ]
    view.apply_all(stored(again))
    assert view.seconds(STARTED + 103) == 3
    assert view.failed_tasks() == []
