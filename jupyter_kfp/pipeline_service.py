"""The one facade: compile, run, cancel, retry, list, follow. Wires stores, executors and engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.compiler.compile_notebook import CompiledNotebook
from jupyter_kfp.executors.task_executor import LogPage
from jupyter_kfp.ids import Digest, RunId, TaskPath
from jupyter_kfp.runs.events import StoredEvent
from jupyter_kfp.runs.run import Metric, Run, RunOptions, Task, TaskArtifact
from jupyter_kfp.runs.states import RuntimeState
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import Pipeline


class PlannedTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do with a task."""

    path: TaskPath
    name: str
    action: str
    """``run``, ``cached``, ``reuse``, ``skip`` or ``unknown`` (its inputs are known only when others have run)."""
    why: str
    """One sentence without a full stop, e.g. ``n_trees changed: 300 -> 500``."""


class PipelineService:
    """All that surfaces need. Methods raise `KfpError`; they print nothing and never exit."""

    def __init__(self, settings: Settings) -> None: ...
    def close(self) -> None: ...

    # --- before a run
    def compile(self, notebook: Path, *, by_heading: bool = False, whole: bool = False) -> CompiledNotebook: ...
    def load(self, path: Path, *, by_heading: bool = False, whole: bool = False) -> Pipeline:
        """A notebook is compiled (its errors raise KfpError with all diagnostics in details), an IR file is loaded."""

    def resolve_parameters(self, pipeline: Pipeline, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check and complete; text values (from the command line) are parsed by the declared type."""

    def plan(self, pipeline: Pipeline, parameters: Mapping[str, Any], options: RunOptions) -> list[PlannedTask]: ...

    # --- runs
    def start_run(
        self,
        pipeline: Pipeline,
        parameters: Mapping[str, Any],
        options: RunOptions,
        *,
        name: str = "",
        experiment: str = "Default",
    ) -> Run:
        """Create the run and start its process, which outlives this one."""

    def follow(self, run_id: RunId, *, after_seq: int = 0, poll_seconds: float = 0.05) -> Iterator[list[StoredEvent]]:
        """Yield events as they come (an empty list at each poll without news), until the run is finished."""

    def cancel(self, run_id: RunId) -> None: ...
    def retry(self, run_id: RunId) -> Run: ...
    def delete(self, run_id: RunId) -> int:
        """Bytes freed."""

    def find_run(self, prefix: str) -> Run: ...
    def list_runs(
        self, *, experiment: str | None = None, states: Sequence[RuntimeState] = (), limit: int = 20, offset: int = 0
    ) -> list[Run]: ...
    def tasks(self, run_id: RunId) -> list[Task]: ...
    def metrics(self, run_id: RunId) -> list[Metric]: ...
    def artifacts(self, run_id: RunId) -> list[tuple[TaskPath, TaskArtifact]]:
        """Declared and logged ones, executed notebooks included."""

    def logs(
        self, run_id: RunId, path: TaskPath, *, attempt: int | None = None, offset: int = 0, limit: int = 1 << 20
    ) -> LogPage: ...
    def copy_artifact(self, digest: Digest, destination: Path) -> None: ...
    def artifact_path(self, digest: Digest) -> Path: ...
