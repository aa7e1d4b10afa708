"""Metadata of runs whose process has no database to share: logs and cache are in a bucket, tables beside it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy import Connection

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest, RunId
from jupyter_kfp.metadata.metadata_store import RequestKind
from jupyter_kfp.metadata.run_journal import Objects, RunJournal, replay
from jupyter_kfp.metadata.sql_queries import SqlRunReader
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.runs.events import RunCreated, RunEvent
from jupyter_kfp.runs.run import CacheEntry, Run

REQUEST_SECONDS = 1.0
"""How old an answer to `pending_requests` may be: each look costs a request to the bucket."""


class BucketMetadataStore(SqlRunReader):
    """What is written is in the bucket before it is in the tables, which may be lost at any time.

    Runs that the tables do not know are brought in when they are asked for by their whole id; `list_runs` and
    `find_run` know only those. Of the cache, the bucket has ``cache/<digest>.json`` and, of each task,
    ``cache/newest/<hash>.json``.
    """

    def __init__(
        self, objects: Objects, tables: SqlMetadataStore, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`tables` is private to this store, and closed with it."""
        super().__init__(tables.engine)
        self._objects = objects
        self._tables = tables
        self._now = now
        self._journals: dict[RunId, RunJournal] = {}
        self._known: set[RunId] = set()
        self._wishes: dict[RunId, tuple[float, list[RequestKind]]] = {}

    # --- writing

    def create_run(self, run_id: RunId, created: RunCreated, spec: bytes) -> None:
        """Start the log of a run with its first event, and keep the IR (JSON)."""
        self._journal(run_id).begin(created, spec)
        self._tables.create_run(run_id, created, spec)
        self._known.add(run_id)

    def append(self, run_id: RunId, events: Sequence[RunEvent], *, after_seq: int) -> int:
        """Append events. Raises `KfpError` KFP411 if others wrote; their events are known from then on."""
        self._bring_in(run_id)
        if events and after_seq == self._tables.last_seq(run_id):
            try:
                self._journal(run_id).append(events, after_seq=after_seq)
            except KfpError:
                replay(self._journal(run_id), run_id, self._tables, last_seq=after_seq)
                raise
        return self._tables.append(run_id, events, after_seq=after_seq)

    def request(self, run_id: RunId, kind: RequestKind, at: float) -> None:
        """Leave a wish for the process of the run, which alone writes its log."""
        self.get_run(run_id)  # there has to be one
        self._journal(run_id).request(kind, at)
        self._wishes.pop(run_id, None)

    def clear_requests(self, run_id: RunId) -> None:
        """Forget the wishes, before a run is started again."""
        self._journal(run_id).clear_requests()
        self._wishes.pop(run_id, None)

    def put_cache_entries(self, entries: Sequence[CacheEntry]) -> None:
        """Remember outputs for later runs; a newer entry of the same key replaces the older one.

        Of two processes that remember the same task at the same moment, either may be the last.
        """
        for run_id in {entry.run_id for entry in entries}:
            self.get_run(run_id)
        for entry in sorted(entries, key=lambda one: one.created_at):
            data = msgspec.json.encode(entry)
            for key in (_entry_key(entry.key), _newest_key(entry.pipeline, entry.task_key)):
                known = self._entry(key)
                if known is None or known.created_at <= entry.created_at:
                    self._objects.put(key, data)

    def delete_run(self, run_id: RunId) -> list[Digest]:
        """Remove a run and its log; artifacts and cache entries may be others', so none is told to be free."""
        self._bring_in(run_id)
        self._tables.delete_run(run_id)
        self._journal(run_id).delete()
        self._known.discard(run_id)
        return []

    # --- reading

    def get_run(self, run_id: RunId) -> Run:
        """The run."""
        self._bring_in(run_id)
        return super().get_run(run_id)

    def get_spec(self, run_id: RunId) -> bytes:
        """The IR that the run runs, as JSON."""
        self._bring_in(run_id)
        return super().get_spec(run_id)

    def last_seq(self, run_id: RunId) -> int:
        """Number of the newest event."""
        self._bring_in(run_id)
        return super().last_seq(run_id)

    def pending_requests(self, run_id: RunId) -> list[RequestKind]:
        """Wishes, oldest first, as they were at most `REQUEST_SECONDS` ago."""
        asked_at, wishes = self._wishes.get(run_id, (float("-inf"), []))
        if self._now() >= asked_at + REQUEST_SECONDS:
            wishes = self._journal(run_id).requests()
            self._wishes[run_id] = (self._now(), wishes)
        return wishes

    def find_cache_entries(self, keys: Collection[Digest]) -> dict[Digest, CacheEntry]:
        """The newest entries of keys, by key; of a key that nothing is remembered for, none."""
        found = {key: self._entry(_entry_key(key)) for key in keys}
        return {key: entry for key, entry in found.items() if entry is not None}

    def latest_cache_entry(self, pipeline: str, task_key: str) -> CacheEntry | None:
        """The newest entry of a task, whatever its key."""
        return self._entry(_newest_key(pipeline, task_key))

    def unreferenced(self, digests: Collection[Digest]) -> set[Digest]:
        """None: other runs, that this process knows nothing of, may refer to all of them."""
        del digests
        return set()

    def close(self) -> None:
        """Give the tables back."""
        self._tables.close()

    def _journal(self, run_id: RunId) -> RunJournal:
        if run_id not in self._journals:
            self._journals[run_id] = RunJournal(self._objects, run_id)
        return self._journals[run_id]

    def _bring_in(self, run_id: RunId) -> None:
        """Fill the tables from the journal; a run that has none is then missed by the query that wants it."""
        if run_id not in self._known and replay(self._journal(run_id), run_id, self._tables, last_seq=0):
            self._known.add(run_id)

    @contextmanager
    def _reading_run(self, run_id: RunId) -> Iterator[Connection]:
        self._bring_in(run_id)
        with super()._reading_run(run_id) as connection:
            yield connection

    def _entry(self, key: str) -> CacheEntry | None:
        data = self._objects.find(key)
        return None if data is None else msgspec.json.decode(data, type=CacheEntry)


def _entry_key(key: Digest) -> str:
    return f"cache/{key.rpartition(':')[2]}.json"


def _newest_key(pipeline: str, task_key: str) -> str:
    """Names may have any characters, keys of objects may not."""
    return f"cache/newest/{hashlib.sha256(msgspec.json.encode([pipeline, task_key])).hexdigest()}.json"
