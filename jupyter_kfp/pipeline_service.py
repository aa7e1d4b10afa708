"""The one facade: compile, run, cancel, retry, list, follow. Wires stores, executors and engine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.plan import PlannedTask, Planner, check_reusable
from jupyter_kfp.engine.reconcile import UNFINISHED, reconcile, settle_abandoned
from jupyter_kfp.engine.run_checks import check_home, make_home
from jupyter_kfp.engine.run_lock import RunLock, hold, hold_when_free
from jupyter_kfp.engine.run_loop import LoopSettings, RunLoop
from jupyter_kfp.engine.secret_parts import SecretParts
from jupyter_kfp.engine.stored_run import load_active_run
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.engine.tree_moves import declared
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import LogPage, TaskAttempt, TaskExecutor
from jupyter_kfp.ids import Digest, RunId, TaskPath, new_run_id
from jupyter_kfp.metadata.metadata_store import RequestKind
from jupyter_kfp.notebook_loading import NotebookLoader, pipeline_of
from jupyter_kfp.result_files import listed_once, result_file
from jupyter_kfp.run_logs import logged_attempt
from jupyter_kfp.run_start import check_run, named_options
from jupyter_kfp.runs.events import NoteAdded, RunCreated, RunMoved, StoredEvent
from jupyter_kfp.runs.run import Metric, Run, RunOptions, Task, TaskArtifact
from jupyter_kfp.runs.run_parameters import resolve_parameters
from jupyter_kfp.runs.states import FINISHED, RuntimeState
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.ir_json import from_json, to_json
from jupyter_kfp.spec.model import Pipeline

if TYPE_CHECKING:
    from jupyter_kfp.compiler.compiled_notebook import CompiledNotebook
    from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart
    from jupyter_kfp.housekeeping import Housekeeping
    from jupyter_kfp.metadata.sql_store import SqlMetadataStore

__all__ = ["PipelineService", "PlannedTask"]

_LIVENESS_SECONDS = 1.0
"""How long a followed run may be silent before its process is looked for."""
_PAGE = 10_000


class PipelineService:
    """All that surfaces need. Methods raise `KfpError`; they print nothing and never exit."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before it is needed: compiling and checking touch no database.

        At the first use of the database runs whose process is gone are resumed. Any method that uses it raises
        `KfpError` KFP451 if the home folder cannot be used, and what `SqlMetadataStore` raises.
        """
        self._settings = settings
        self._artifacts = LocalArtifactStore(settings.artifacts_folder)
        self._notebooks = NotebookLoader(settings)
        self._open_store: SqlMetadataStore | None = None
        self._log_reader: TaskExecutor | None = None

    def close(self) -> None:
        """Give connections back. Runs go on."""
        self._notebooks.discard_early()
        if self._open_store is not None:
            self._open_store.close()
            self._open_store = None

    @property
    def _store(self) -> SqlMetadataStore:
        if self._open_store is None:
            from jupyter_kfp.metadata.sql_store import SqlMetadataStore

            make_home(self._settings.home)
            self._open_store = SqlMetadataStore(self._settings.sqlalchemy_url)
            reconcile(self._open_store, self._settings.runs_folder, time.time(), self._start_process)
        return self._open_store

    # --- before a run

    def expect_run(self) -> None:
        """A run is to follow: what its steps need begins to load while its notebook is compiled."""
        self._notebooks.run_follows = True

    def compile(
        self, notebook: Path, *, by_heading: bool = False, whole: bool = False, recall: bool = False
    ) -> CompiledNotebook:
        """Compile a notebook; its problems are diagnostics of the result.

        With `recall` the result may come from the cache of compiled notebooks, if it would be the same.
        """
        from jupyter_kfp.compiler.compiled_notebook import CompileOptions

        options = CompileOptions(by_heading=by_heading, whole=whole)
        return self._notebooks.recall(notebook, options) if recall else self._notebooks.compile(notebook, options)

    def load(self, path: Path, *, by_heading: bool = False, whole: bool = False, recall: bool = False) -> Pipeline:
        """A notebook is compiled (its errors raise KfpError with all diagnostics in details), an IR file is loaded."""
        if path.suffix.lower() != ".ipynb":
            from jupyter_kfp.spec.ir_yaml import load_pipeline

            return load_pipeline(path)
        return pipeline_of(self.compile(path, by_heading=by_heading, whole=whole, recall=recall), path)

    def resolve_parameters(self, pipeline: Pipeline, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check and complete; text values (from the command line) are parsed by the declared type."""
        return resolve_parameters(pipeline.spec, given)

    def plan(self, pipeline: Pipeline, parameters: Mapping[str, Any], options: RunOptions) -> list[PlannedTask]:
        """What a run would do with each task, and why. Writes nothing."""
        graph = build_task_graph(pipeline)
        complete = self.resolve_parameters(pipeline, parameters)
        named = named_options(graph, options)
        check_run(graph, named)
        return Planner(graph, complete, named, self._cache(graph.pipeline, named)).plan()

    def _cache(self, pipeline: str, options: RunOptions) -> TaskCache:
        secrets = SecretParts(options.secrets_file, self._settings.home, os.environ)
        return TaskCache(self._store, self._artifacts, pipeline, options, secrets)

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
        """Create the run and start its process, which outlives this one.

        A run that the cache answers whole is finished when this returns, and never had a process. Raises `KfpError`,
        before anything is written: KFP231, KFP232 (the spec), KFP241 to KFP244 (parameters), KFP245, KFP246 (steps),
        KFP451, KFP452 (the home folder), and what `check_run` raises.
        """
        check_home(self._settings.home)
        graph = build_task_graph(pipeline)
        complete = self.resolve_parameters(pipeline, parameters)
        named = named_options(graph, options)
        notes = check_run(graph, named)
        check_reusable(graph, named, self._cache(graph.pipeline, named))
        spec = to_json(pipeline)
        created = RunCreated(
            at=time.time(),
            name=name or f"{graph.pipeline} {time.strftime('%Y-%m-%d %H:%M')}",
            pipeline=graph.pipeline,
            experiment=experiment,
            parameters=complete,
            options=named,
            spec_digest=digest_bytes(spec),
            tasks=[declared(node) for node in graph.nodes.values()],
        )
        run_id, lock = self._create(created, spec, notes)
        self._go(run_id, lock)
        return self._store.get_run(run_id)

    def follow(self, run_id: RunId, *, after_seq: int = 0, poll_seconds: float = 0.05) -> Iterator[list[StoredEvent]]:
        """Yield events as they come (an empty list at each poll without news), until the run is finished.

        If the run's process is gone, the run is resumed and followed on.
        """
        finished = self._store.get_run(run_id).state in FINISHED
        heard_at = time.monotonic()
        while True:
            events = self._store.events(run_id, after_seq=after_seq, limit=_PAGE)
            moves = [stored.event for stored in events if isinstance(stored.event, RunMoved)]
            finished = moves[-1].state in FINISHED if moves else finished
            if events:
                after_seq = events[-1].seq
                heard_at = time.monotonic()
                yield events
            if finished and len(events) < _PAGE:
                return
            if not events:
                yield []
                if time.monotonic() - heard_at > _LIVENESS_SECONDS:
                    self._resume_if_abandoned(run_id)
                    heard_at = time.monotonic()
                time.sleep(poll_seconds)

    def cancel(self, run_id: RunId) -> None:
        """Ask a run to stop. Raises `KfpError` KFP249 if it has ended."""
        state = self._store.get_run(run_id).state
        if state in FINISHED:
            raise KfpError("KFP249", f"run {run_id[:8]} cannot be canceled: it is {state}")
        self._store.request(run_id, "cancel", time.time())
        self._resume_if_abandoned(run_id)

    def pause(self, run_id: RunId) -> None:
        """Ask a run to start nothing new; what runs goes on. Raises `KfpError` KFP236 if it does not run."""
        self._wish(run_id, "pause", "paused", (RuntimeState.PENDING, RuntimeState.RUNNING))

    def resume(self, run_id: RunId) -> None:
        """End a pause. Raises `KfpError` KFP236 if there is none."""
        self._wish(run_id, "resume", "resumed", (RuntimeState.PAUSED,))

    def _wish(self, run_id: RunId, kind: RequestKind, done: str, states: Sequence[RuntimeState]) -> None:
        state = self._store.get_run(run_id).state
        if state not in states:
            raise KfpError("KFP236", f"run {run_id[:8]} cannot be {done}: it is {state}")
        self._store.request(run_id, kind, time.time())
        self._resume_if_abandoned(run_id)

    def retry(self, run_id: RunId, changed: Mapping[str, Any] | None = None) -> Run:
        """Do again, in the same run and as new attempts, what failed, was canceled or skipped.

        With `changed` parameters also what read them, and everything behind it. Raises `KfpError` KFP248 if the run
        neither failed nor was canceled, KFP241 to KFP244 (parameters).
        """
        run = self._store.get_run(run_id)
        if run.state not in (RuntimeState.FAILED, RuntimeState.CANCELED):
            raise KfpError(
                "KFP248",
                f"run {run_id[:8]} cannot be retried: it is {run.state}",
                hint="only failed and canceled runs can; start a new one",
            )
        check_home(self._settings.home)
        given = self.resolve_parameters(self.pipeline_of(run_id), run.parameters | dict(changed)) if changed else None
        lock = hold_when_free(self._run_folder(run_id), run_id)
        try:
            stored = load_active_run(self._store, run_id)
            check_run(stored.active.graph, stored.created.options)
            self._store.clear_requests(run_id)
            self._store.append(run_id, stored.active.retry(time.time(), given), after_seq=stored.last_seq)
        except BaseException:
            lock.release()
            raise
        self._go(run_id, lock)
        return self._store.get_run(run_id)

    def delete(self, run_id: RunId) -> int:
        """Remove a run, its folder, and the artifacts that nothing else refers to; returns the bytes freed.

        Raises `KfpError` KFP247 if the run has not ended.
        """
        run = self._store.get_run(run_id)
        if run.state not in FINISHED:
            raise KfpError(
                "KFP247",
                f"run {run_id[:8]} cannot be deleted: it is {run.state}",
                hint=f"cancel it first: jupyter kfp cancel {run_id[:8]}",
            )
        lock = hold_when_free(self._run_folder(run_id), run_id)
        try:
            orphans = self._store.delete_run(run_id)
            folder = self._run_folder(run_id)
            freed = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
            shutil.rmtree(folder, ignore_errors=True)
            return freed + self._artifacts.delete(orphans)
        finally:
            lock.release()

    @property
    def housekeeping(self) -> Housekeeping:
        """What can be cleaned up."""
        from jupyter_kfp.housekeeping import Housekeeping

        return Housekeeping(self._settings, self._store, self._artifacts)

    # --- what is known of runs

    def find_run(self, prefix: str) -> Run:
        """The run whose id starts with this; ``last`` is the newest. Raises `KfpError` KFP211, or KFP212 (several)."""
        newest = self._store.list_runs(limit=1) if prefix == "last" else []
        return newest[0] if newest else self._store.find_run(prefix)

    def list_runs(
        self, *, experiment: str | None = None, states: Sequence[RuntimeState] = (), limit: int = 20, offset: int = 0
    ) -> list[Run]:
        """Newest first."""
        return self._store.list_runs(experiment=experiment, states=states, limit=limit, offset=offset)

    def pipeline_of(self, run_id: RunId) -> Pipeline:
        """The pipeline that the run was started with."""
        return from_json(self._store.get_spec(run_id))

    def tasks(self, run_id: RunId) -> list[Task]:
        """In the order of the pipeline."""
        return self._store.tasks(run_id)

    def notes(self, run_id: RunId) -> list[NoteAdded]:
        """What was noted of the run, warnings among it, oldest first."""
        return self._store.notes(run_id)

    def metrics(self, run_id: RunId) -> list[Metric]:
        """In the order in which they were logged."""
        return self._store.metrics(run_id)

    def artifacts(self, run_id: RunId) -> list[tuple[TaskPath, TaskArtifact]]:
        """Declared and logged ones, executed notebooks included; each once, as the user called it."""
        return listed_once(self._store.tasks(run_id), self._store.logged_artifacts(run_id))

    def logs(
        self, run_id: RunId, path: TaskPath, *, attempt: int | None = None, offset: int = 0, limit: int = 1 << 20
    ) -> LogPage:
        """Part of what an attempt printed, by default the newest; a negative offset counts from the end.

        Of a task that did not run it is what the attempt printed whose outputs it has, as long as that run is kept.
        """
        if self._log_reader is None:
            from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor

            self._log_reader = LocalProcessExecutor(self._settings, self._artifacts)  # starts nothing until it must
        wanted = TaskAttempt(run_id, path, attempt) if attempt else logged_attempt(self._store, run_id, path)
        return self._log_reader.logs(wanted, offset=offset, limit=limit)

    def copy_artifact(self, digest: Digest, destination: Path) -> None:
        """Copy a content out of the store."""
        self._artifacts.fetch(digest, destination, link=False)

    def artifact_path(self, digest: Digest) -> Path:
        """Where a content lies; read-only."""
        return Path(self._artifacts.uri(digest))

    def result_file(self, run_id: RunId, path: TaskPath, artifact: TaskArtifact) -> Path:
        """The artifact in the run's own folder, under a name that other programs understand; made at first use."""
        return result_file(self._run_folder(run_id), path, artifact, self._artifacts)

    # --- processes of runs

    def _create(self, created: RunCreated, spec: bytes, notes: Sequence[str]) -> tuple[RunId, RunLock]:
        """Write a new run. Its lock is held from before it exists, or others would take it for abandoned."""
        run_id = new_run_id()
        lock = hold(self._run_folder(run_id), run_id)
        try:
            self._store.create_run(run_id, created, spec)
            if notes:
                self._store.append(run_id, [NoteAdded(at=created.at, text=text) for text in notes], after_seq=1)
        except BaseException:
            lock.release()
            shutil.rmtree(self._run_folder(run_id), ignore_errors=True)
            raise
        return run_id, lock

    def _go(self, run_id: RunId, lock: RunLock) -> None:
        """Take from the cache what it has, here and now; start the run's process if something is left to run."""
        limits = LoopSettings(
            max_parallel_tasks=self._settings.max_parallel_tasks,
            runs_folder=str(self._settings.runs_folder.absolute()),
            home=self._settings.home,
        )
        try:
            state = RunLoop(run_id, self._store, self._artifacts, None, limits).run()
        except BaseException:
            lock.release()
            raise
        if state in FINISHED:
            lock.release()
            self._notebooks.discard_early()
        else:
            self._start_process(run_id, lock, self._notebooks.take_early())

    def _start_process(self, run_id: RunId, lock: RunLock, early: ZygoteStart | None = None) -> None:
        from jupyter_kfp.run_process import start_run_process

        if self._open_store is not None:
            self._open_store.close()  # SQLite's connections must not be inherited; new ones are made at the next use
        start_run_process(run_id, self._settings, lock, early)

    def _resume_if_abandoned(self, run_id: RunId) -> None:
        if self._store.get_run(run_id).state in UNFINISHED:
            lock = RunLock.acquire(self._run_folder(run_id))
            if lock is not None:
                settle_abandoned(self._store, run_id, lock, time.time(), self._start_process)

    def _run_folder(self, run_id: RunId) -> Path:
        return self._settings.runs_folder / run_id
