"""What is remembered of runs: the event log, and the tables made from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, Protocol

from jupyter_kfp.ids import Digest, RunId, TaskPath
from jupyter_kfp.runs.events import NoteAdded, RunCreated, RunEvent, StoredEvent
from jupyter_kfp.runs.run import CacheEntry, Metric, Run, Task, TaskArtifact
from jupyter_kfp.runs.states import RuntimeState

RequestKind = Literal["cancel", "pause", "resume"]


class MetadataStore(Protocol):
    """The contract; `tests/contracts/test_metadata_store.py` runs on every implementation.

    Missing runs raise `KfpError` KFP211 (with the nearest matches as hint), a prefix of several runs KFP212.
    """

    # --- writing

    def create_run(self, run_id: RunId, created: RunCreated, spec: bytes) -> None:
        """Start the log of a run with its first event, and keep the IR (JSON) by its digest."""

    def append(self, run_id: RunId, events: Sequence[RunEvent], *, after_seq: int) -> int:
        """Append events and update the tables made from them, in one transaction; returns the new last number.

        Compare-and-set: raises `KfpError` KFP411 and writes nothing if the last event of the run is not `after_seq`.
        """

    def request(self, run_id: RunId, kind: RequestKind, at: float) -> None:
        """Leave a wish for the process of the run, which alone writes its log."""

    def clear_requests(self, run_id: RunId) -> None:
        """Forget the wishes, before a run is started again."""

    def put_cache_entries(self, entries: Sequence[CacheEntry]) -> None:
        """Remember outputs for later runs; a newer entry of the same key replaces the older one."""

    def delete_run(self, run_id: RunId) -> list[Digest]:
        """Remove a run, its events and its cache entries; returns digests that nothing refers to any more."""

    # --- reading

    def get_run(self, run_id: RunId) -> Run:
        """The run."""

    def find_run(self, prefix: str) -> Run:
        """The run whose id starts with `prefix`."""

    def list_runs(
        self,
        *,
        experiment: str | None = None,
        pipeline: str | None = None,
        states: Sequence[RuntimeState] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[Run]:
        """Newest first."""

    def last_seq(self, run_id: RunId) -> int:
        """Number of the newest event."""

    def events(self, run_id: RunId, *, after_seq: int = 0, limit: int = 10_000) -> list[StoredEvent]:
        """Events behind a cursor, oldest first."""

    def notes(self, run_id: RunId) -> list[NoteAdded]:
        """The notes among the events, oldest first."""

    def tasks(self, run_id: RunId) -> list[Task]:
        """In the order in which the run declared them."""

    def metrics(self, run_id: RunId) -> list[Metric]:
        """In the order in which they were logged."""

    def logged_artifacts(self, run_id: RunId) -> list[tuple[TaskPath, TaskArtifact]]:
        """From `ArtifactRecorded`, in order; of a name logged again by the same task only the newest."""

    def get_spec(self, run_id: RunId) -> bytes:
        """The IR that the run runs, as JSON (`spec.ir_yaml.to_json`)."""

    def pending_requests(self, run_id: RunId) -> list[RequestKind]:
        """Wishes, oldest first."""

    def find_cache_entries(self, keys: Collection[Digest]) -> dict[Digest, CacheEntry]:
        """The newest entries of keys, by key; of a key that nothing is remembered for, none."""

    def latest_cache_entry(self, pipeline: str, task_key: str) -> CacheEntry | None:
        """The newest entry of a task, whatever its key: for the reason of a miss, and for ``--from``."""

    def unreferenced(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those of the digests that no run and no cache entry refers to."""

    def experiments(self) -> list[str]:
        """Names, newest run first."""

    def close(self) -> None:
        """Give connections back."""
