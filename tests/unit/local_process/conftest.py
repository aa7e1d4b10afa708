"""An executor in a home of its own, and short ways to make it run commands."""

from __future__ import annotations

import base64
import hashlib
import time
import zipfile
from collections.abc import Callable, Iterator
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

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition."""
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def last_reports(self, number: int = 1) -> list[TaskReport]:
        """The ends of so many tasks that were launched."""
        found: list[TaskReport] = []

        def all_ended() -> bool:
            found.extend(report for report in self.executor.check(0.2) if report.ended)
            return len(found) == number

        self.until(all_ended)
        assert all(report.ended.succeeded or report.ended.reason for report in found)
        return found

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


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> Path:
    """A folder with the packages ``greeter`` 1.0 and 2.0, so that no index is asked."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "2.0"):
        write_wheel(folder, "greeter", version, f"GREETING = 'hello {version}'\n")
    return folder


def write_wheel(folder: Path, name: str, version: str, source: str) -> None:
    """The smallest wheel that installers take."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},"
        f"{len(text)}\n"
        for path, text in files.items()
    )
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(path, text)
