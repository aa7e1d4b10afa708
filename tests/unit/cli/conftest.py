"""The command line driven in this process, against a service that plays a recorded run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_kfp.runs.events import RunEvent

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package; what they share is a module beside them

from played_run import CommandLine, FakeService, failing_run, succeeding_run


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of the machine, no terminal."""
    for name in [name for name in os.environ if name.startswith(("JUPYTER", "KFP"))]:
        monkeypatch.delenv(name)
    for name in ("JUPYTER_KFP_HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[list[RunEvent]], FakeService]:
    def start(events: list[RunEvent]) -> FakeService:
        service = FakeService(events, tmp_path / "store")
        monkeypatch.setattr("jupyter_kfp.cli.command.Command.open_service", lambda command: service)
        return service

    return start


@pytest.fixture
def succeeding(play: Callable[[list[RunEvent]], FakeService]) -> FakeService:
    return play(succeeding_run())


@pytest.fixture
def failing(play: Callable[[list[RunEvent]], FakeService]) -> FakeService:
    return play(failing_run())


@pytest.fixture
def running_events() -> list[RunEvent]:
    return succeeding_run()[:6]


@pytest.fixture
def failing_events() -> list[RunEvent]:
    return failing_run()


@pytest.fixture
def succeeding_events() -> list[RunEvent]:
    return succeeding_run()
