"""Metadata in an SQL database: SQLite by default, PostgreSQL and MySQL by URL, with the same statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, LargeBinary, bindparam, delete, exists, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest, RunId
from jupyter_kfp.metadata.database import database_errors, open_database
from jupyter_kfp.metadata.metadata_store import RequestKind
from jupyter_kfp.metadata.run_projection import chunks, insert_tasks, project
from jupyter_kfp.metadata.run_rows import entry_row, run_row
from jupyter_kfp.metadata.sql_queries import SqlRunReader, missing_run, read_events, run_exists
from jupyter_kfp.metadata.tables import (
    cache_artifacts,
    cache_entries,
    events,
    metrics,
    requests,
    runs,
    specs,
    task_artifacts,
    tasks,
)
from jupyter_kfp.runs.events import RunCreated, RunEvent, StoredEvent, decode_event, encode_event
from jupyter_kfp.runs.projection import created_run, declared_tasks
from jupyter_kfp.runs.run import CacheEntry

_RACES = 3
"""How often a transaction is tried again because another process wrote the same row first."""
_REBUILD_PAGE = 2000


class SqlMetadataStore(SqlRunReader):
    """A `MetadataStore` in an SQL database, which is made or brought up to date when the store is opened.

    Every writing transaction begins with a write, so that SQLite locks at once and never has to give up half-way.
    """

    def __init__(self, url: str) -> None:
        super().__init__(open_database(url))

    def create_run(self, run_id: RunId, created: RunCreated, spec: bytes) -> None:
        """Start the log of a run with its first event, and keep the IR (JSON) by its digest."""
        data = encode_event(created)
        for _ in range(_RACES):
            try:
                with self._writing() as connection:
                    _keep_spec(connection, created.spec_digest, spec)
                    connection.execute(insert(runs), run_row(created_run(run_id, created), 1))
                    connection.execute(insert(events), {"run_id": run_id, "seq": 1, "data": data})
                    insert_tasks(connection, run_id, declared_tasks(created))
                    return
            except IntegrityError:
                with self._reading() as connection:
                    if run_exists(connection, run_id):
                        raise KfpError("KFP412", f"the run {run_id} exists already") from None
        raise KfpError("KFP411", f"the run {run_id} could not be created: others write the same pipeline all the time")

    def append(self, run_id: RunId, events: Sequence[RunEvent], *, after_seq: int) -> int:
        """Append events and update the tables made from them, in one transaction; returns the new last number."""
        encoded = [encode_event(event) for event in events]
        # Tables are made from what was written, so that a rebuild gives the same.
        stored = [
            StoredEvent(run_id=run_id, seq=seq, event=decode_event(data))
            for seq, data in enumerate(encoded, after_seq + 1)
        ]
        if not stored:
            return after_seq
        with self._writing() as connection:
            _claim(connection, run_id, after_seq, after_seq + len(stored))
            _insert_events(connection, run_id, encoded, after_seq + 1)
            project(connection, run_id, stored)
        return after_seq + len(stored)

    def request(self, run_id: RunId, kind: RequestKind, at: float) -> None:
        """Leave a wish for the process of the run, which alone writes its log."""
        try:
            with self._writing() as connection:
                connection.execute(insert(requests), {"run_id": run_id, "kind": kind, "at": at})
        except IntegrityError:
            with self._reading() as connection:
                raise missing_run(connection, run_id) from None

    def clear_requests(self, run_id: RunId) -> None:
        """Forget the wishes, before a run is started again."""
        with self._writing() as connection:
            connection.execute(delete(requests).where(requests.c.run_id == run_id))

    def put_cache_entries(self, entries: Sequence[CacheEntry]) -> None:
        """Remember outputs for later runs; a newer entry of the same key replaces the older one."""
        newest = {entry.key: entry for entry in sorted(entries, key=lambda entry: entry.created_at)}
        try:
            if newest:
                with self._writing() as connection:
                    _replace_cache_entries(connection, list(newest.values()))
        except IntegrityError:  # one has a newer entry, or was written by another process meanwhile
            for entry in newest.values():
                self._put_cache_entry(entry)

    def _put_cache_entry(self, entry: CacheEntry) -> None:
        for _ in range(_RACES):
            try:
                with self._writing() as connection:
                    _replace_cache_entries(connection, [entry])
                    return
            except IntegrityError:
                with self._reading() as connection:
                    if not run_exists(connection, entry.run_id):
                        raise missing_run(connection, entry.run_id) from None
                found = self.find_cache_entries([entry.key]).get(entry.key)
                if found is not None and found.created_at > entry.created_at:
                    return

    def delete_run(self, run_id: RunId) -> list[Digest]:
        """Remove a run, its events and its cache entries; returns digests that nothing refers to any more."""
        with self._writing() as connection:
            connection.execute(delete(requests).where(requests.c.run_id == run_id))
            spec_digest = connection.execute(select(runs.c.spec_digest).where(runs.c.run_id == run_id)).scalar()
            if spec_digest is None:
                raise missing_run(connection, run_id)
            candidates = _digests_of_run(connection, run_id)
            connection.execute(delete(runs).where(runs.c.run_id == run_id))
            connection.execute(
                delete(specs).where(specs.c.digest == spec_digest, ~exists().where(runs.c.spec_digest == spec_digest))
            )
            return sorted(candidates - _still_used(connection, candidates))

    def unreferenced(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those of the digests that no run and no cache entry refers to."""
        asked = set(digests)
        with self._reading() as connection:
            return asked - _still_used(connection, asked)

    def rebuild(self, run_id: RunId) -> None:
        """Make the tables of a run anew from its events, e.g. after a change of what events mean."""
        with self._writing() as connection:
            # A write of the run's row keeps its process from appending meanwhile.
            connection.execute(update(runs).where(runs.c.run_id == run_id).values(last_seq=runs.c.last_seq))
            for table in (tasks, metrics, task_artifacts):
                connection.execute(delete(table).where(table.c.run_id == run_id))
            page = read_events(connection, run_id, 0, 1)
            if not page or not isinstance(created := page[0].event, RunCreated):
                raise missing_run(connection, run_id)
            last_seq = connection.execute(select(runs.c.last_seq).where(runs.c.run_id == run_id)).scalar_one()
            row = run_row(created_run(run_id, created), last_seq)
            connection.execute(update(runs).where(runs.c.run_id == run_id).values(row))
            insert_tasks(connection, run_id, declared_tasks(created))
            while page := read_events(connection, run_id, page[-1].seq, _REBUILD_PAGE):
                project(connection, run_id, page)

    def close(self) -> None:
        """Give connections back."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with database_errors(self._engine), self._engine.begin() as connection:
            yield connection


def _keep_spec(connection: Connection, digest: str, spec: bytes) -> None:
    is_new = ~exists().where(specs.c.digest == digest)
    row = select(literal(digest), literal(spec, LargeBinary)).where(is_new)
    connection.execute(insert(specs).from_select(["digest", "data"], row))


def _claim(connection: Connection, run_id: RunId, after_seq: int, last_seq: int) -> None:
    """Take the numbers up to `last_seq`, or raise because the run is not where the caller thinks."""
    claimed = connection.execute(
        update(runs).where(runs.c.run_id == run_id, runs.c.last_seq == after_seq).values(last_seq=last_seq)
    )
    if claimed.rowcount == 1:
        return
    found = connection.execute(select(runs.c.last_seq).where(runs.c.run_id == run_id)).scalar()
    if found is None:
        raise missing_run(connection, run_id)
    raise KfpError(
        "KFP411",
        f"another process wrote the log of run {run_id[:8]}: its last event is {found}, not {after_seq}",
        hint="read the new events and decide again",
        details={"run": run_id, "expected": after_seq, "found": found},
    )


def _insert_events(connection: Connection, run_id: RunId, encoded: Sequence[bytes], first_seq: int) -> None:
    rows = [{"run_id": run_id, "seq": seq, "data": data} for seq, data in enumerate(encoded, first_seq)]
    connection.execute(insert(events), rows)


def _replace_cache_entries(connection: Connection, entries: Sequence[CacheEntry]) -> None:
    outdated = delete(cache_entries).where(
        cache_entries.c.key == bindparam("of_key"), cache_entries.c.created_at <= bindparam("until")
    )
    connection.execute(outdated, [{"of_key": entry.key, "until": entry.created_at} for entry in entries])
    connection.execute(insert(cache_entries), [entry_row(entry) for entry in entries])
    rows = [
        {"key": entry.key, "digest": digest}
        for entry in entries
        for digest in sorted({artifact.digest for artifact in entry.artifacts.values()})
    ]
    if rows:
        connection.execute(insert(cache_artifacts), rows)


def _digests_of_run(connection: Connection, run_id: RunId) -> set[Digest]:
    used = connection.execute(select(task_artifacts.c.digest).where(task_artifacts.c.run_id == run_id).distinct())
    cached = connection.execute(
        select(cache_artifacts.c.digest)
        .join(cache_entries, cache_entries.c.key == cache_artifacts.c.key)
        .where(cache_entries.c.run_id == run_id)
        .distinct()
    )
    return {Digest(digest) for digest in (*used.scalars(), *cached.scalars())}


def _still_used(connection: Connection, digests: set[Digest]) -> set[Digest]:
    found: set[Digest] = set()
    for chunk in chunks(sorted(digests)):
        for column in (task_artifacts.c.digest, cache_artifacts.c.digest):
            found.update(connection.execute(select(column).where(column.in_(chunk)).distinct()).scalars())
    return found
