"""An executor in a home of its own, and short ways to make it run commands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.executors.local_process import command_attempt
from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded, TaskLaunch, TaskReport
from jupyter_kfp.ids import new_run_id, root_path
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import (
    ArtifactType,
    ContainerSpec,
    EnvVar,
    InputArtifact,
    InputDefinitions,
    OutputArtifact,
    OutputDefinitions,
    OutputParameter,
)

PATIENCE = 60.0


class CommandBench:
    """Runs commands."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(home=home, fork_kernels=False, grace_seconds=5.0)
        self.store = LocalArtifactStore(self.settings.artifacts_folder)
        self.executor = LocalProcessExecutor(self.settings, self.store)
        self.run_id = new_run_id()
        self.folder = home / "pipelines"
        self.folder.mkdir()

    def task(self, name: str, *words: str, **options: Any) -> TaskLaunch:
        """A task with this command.

        Options: ``inputs`` (values and artifacts), ``lists`` (keys that are lists of artifacts), ``outputs`` (types of
        parameters, or titles of artifacts), ``env``, ``image``, ``resources``, ``attempt``, and fields of `TaskLaunch`.
        """
        inputs: dict[str, Any] = options.pop("inputs", {})
        artifacts = {key: value for key, value in inputs.items() if isinstance(value, TaskArtifact)}
        outputs: dict[str, Any] = options.pop("outputs", {})
        titles = {key: kind for key, kind in outputs.items() if "." in kind}
        container = ContainerSpec(
            image=options.pop("image", "busybox"),
            command=list(words),
            env=[EnvVar(name=key, value=value) for key, value in options.pop("env", {}).items()],
            resources=options.pop("resources", None),
        )
        return TaskLaunch(
            attempt=TaskAttempt(self.run_id, root_path(name), options.pop("attempt", 1)),
            name=name,
            container=options.pop("container", container),
            input_parameters={key: value for key, value in inputs.items() if key not in artifacts},
            input_artifacts=artifacts,
            input_definitions=InputDefinitions(
                artifacts={key: InputArtifact(is_artifact_list=True) for key in options.pop("lists", ())}
            ),
            output_definitions=OutputDefinitions(
                artifacts={
                    key: OutputArtifact(artifact_type=ArtifactType(schema_title=title)) for key, title in titles.items()
                },
                parameters={
                    key: OutputParameter(parameter_type=kind) for key, kind in outputs.items() if key not in titles
                },
            ),
            working_directory=options.pop("working_directory", str(self.folder)),
            **options,
        )

    def finish(self, launch: TaskLaunch) -> list[TaskReport]:
        """Launch, and follow to the end."""
        self.executor.launch(launch)
        reports: list[TaskReport] = []
        deadline = time.monotonic() + PATIENCE
        while not (reports and reports[-1].ended):
            assert time.monotonic() < deadline, f"no end\n{self.log(launch)}"
            reports += [report for report in self.executor.check(1.0) if report.attempt == launch.attempt]
        return reports

    def end(self, launch: TaskLaunch) -> TaskEnded:
        """Launch, follow, and return the end."""
        ended = self.finish(launch)[-1].ended
        assert ended is not None
        return ended

    def good(self, launch: TaskLaunch) -> TaskEnded:
        """The end of a task that goes well."""
        ended = self.end(launch)
        assert ended.succeeded, f"{ended.error}\n{self.log(launch)}"
        return ended

    def log(self, launch: TaskLaunch) -> str:
        """The whole log."""
        return self.executor.logs(launch.attempt).data.decode()

    def stored(self, artifact: TaskArtifact) -> bytes:
        """Content of an artifact."""
        with self.store.open(artifact.digest) as file:
            return file.read()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[CommandBench]:
    made = CommandBench(tmp_path)
    yield made
    made.executor.close()


@pytest.fixture
def without_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which tasks share the file system."""
    monkeypatch.setattr(command_attempt, "can_mount", lambda: False)
