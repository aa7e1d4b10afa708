"""Reading half of the SQL store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Engine, LargeBinary, Row, func, select

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest, RunId, TaskPath
from jupyter_kfp.metadata import run_rows
from jupyter_kfp.metadata.database import database_errors
from jupyter_kfp.metadata.metadata_store import RequestKind
from jupyter_kfp.metadata.run_projection import chunks
from jupyter_kfp.metadata.tables import (
    cache_entries,
    events,
    metrics,
    name_key,
    requests,
    runs,
    specs,
    task_artifacts,
    tasks,
)
from jupyter_kfp.runs.events import MetricRecorded, NoteAdded, StoredEvent, decode_event
from jupyter_kfp.runs.run import CacheEntry, Metric, Run, Task, TaskArtifact
from jupyter_kfp.runs.states import RuntimeState

_SHOWN_MATCHES = 5
_SEARCHED_RUNS = 200
_NOTE = b'{"type":"note-added"'
"""Beginning of the encoded event."""


class ArtifactUse(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an artifact's lineage: an attempt that read, made or logged it."""

    run_id: RunId
    path: TaskPath
    attempt: int
    role: str
    """``input``, ``output`` or ``logged``."""
    key: str
    """The task's input or output key, or the name under which it was logged."""
    artifact: TaskArtifact


class SqlRunReader:
    """Everything that a `MetadataStore` reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The database."""
        return self._engine

    # --- runs

    def get_run(self, run_id: RunId) -> Run:
        """The run."""
        with self._reading() as connection:
            row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one_or_none()
            if row is None:
                raise missing_run(connection, run_id)
            return run_rows.read_run(row)

    def find_run(self, prefix: str) -> Run:
        """The run whose id starts with `prefix`."""
        with self._reading() as connection:
            matches = connection.execute(
                select(runs)
                .where(runs.c.run_id.startswith(prefix.strip().lower(), autoescape=True))
                .order_by(runs.c.created_at.desc())
                .limit(_SHOWN_MATCHES + 1)
            ).all()
            if not matches:
                raise missing_run(connection, prefix)
        if len(matches) > 1:
            raise _several_runs(prefix, matches)
        return run_rows.read_run(matches[0])

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
        query = select(runs).order_by(runs.c.created_at.desc(), runs.c.run_id).limit(limit).offset(offset)
        if experiment is not None:
            query = query.where(runs.c.experiment_key == name_key(experiment))
        if pipeline is not None:
            query = query.where(runs.c.pipeline_key == name_key(pipeline))
        if states:
            query = query.where(runs.c.state.in_([state.value for state in states]))
        with self._reading() as connection:
            return [run_rows.read_run(row) for row in connection.execute(query)]

    def experiments(self) -> list[str]:
        """Names, newest run first."""
        newest = func.max(runs.c.created_at)
        query = select(func.max(runs.c.experiment)).group_by(runs.c.experiment_key).order_by(newest.desc())
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def get_spec(self, run_id: RunId) -> bytes:
        """The IR that the run runs, as JSON."""
        query = select(specs.c.data).join(runs, runs.c.spec_digest == specs.c.digest).where(runs.c.run_id == run_id)
        with self._reading() as connection:
            data = connection.execute(query).scalar()
            if data is None:
                raise missing_run(connection, run_id)
            return bytes(data)

    # --- one run

    def last_seq(self, run_id: RunId) -> int:
        """Number of the newest event."""
        with self._reading() as connection:
            number = connection.execute(select(runs.c.last_seq).where(runs.c.run_id == run_id)).scalar()
            if number is None:
                raise missing_run(connection, run_id)
            return int(number)

    def events(self, run_id: RunId, *, after_seq: int = 0, limit: int = 10_000) -> list[StoredEvent]:
        """Events behind a cursor, oldest first."""
        with self._reading_run(run_id) as connection:
            return read_events(connection, run_id, after_seq, limit)

    def notes(self, run_id: RunId) -> list[NoteAdded]:
        """The notes among the events, oldest first."""
        begins = func.substr(events.c.data, 1, len(_NOTE), type_=LargeBinary) == _NOTE
        query = select(events.c.data).where(events.c.run_id == run_id, begins).order_by(events.c.seq)
        with self._reading_run(run_id) as connection:
            found = [decode_event(row.data) for row in connection.execute(query)]
        return [event for event in found if isinstance(event, NoteAdded)]

    def tasks(self, run_id: RunId) -> list[Task]:
        """In the order in which the run declared them."""
        query = select(tasks).where(tasks.c.run_id == run_id).order_by(tasks.c.position)
        with self._reading_run(run_id) as connection:
            return [run_rows.read_task(row) for row in connection.execute(query)]

    def metrics(self, run_id: RunId) -> list[Metric]:
        """In the order in which they were logged."""
        query = select(metrics.c.data).where(metrics.c.run_id == run_id).order_by(metrics.c.seq)
        with self._reading_run(run_id) as connection:
            recorded = [decode_event(data) for data in connection.execute(query).scalars()]
        return [run_rows.read_metric(event) for event in recorded if isinstance(event, MetricRecorded)]

    def logged_artifacts(self, run_id: RunId) -> list[tuple[TaskPath, TaskArtifact]]:
        """In the order in which they were logged; of a name logged again by the same task only the newest."""
        newest: dict[tuple[TaskPath, str], TaskArtifact] = {}
        for use in self._uses(run_id, "logged"):
            newest.pop((use.path, use.key), None)
            newest[use.path, use.key] = use.artifact
        return [(path, artifact) for (path, _), artifact in newest.items()]

    def pending_requests(self, run_id: RunId) -> list[RequestKind]:
        """Wishes, oldest first."""
        query = select(requests.c.kind).where(requests.c.run_id == run_id).order_by(requests.c.id)
        with self._reading() as connection:
            return [cast("RequestKind", kind) for kind in connection.execute(query).scalars()]

    # --- lineage

    def artifact_uses(self, digest: Digest) -> list[ArtifactUse]:
        """Who made, read or logged an artifact, in all runs, oldest run first."""
        query = (
            select(task_artifacts)
            .join(runs, runs.c.run_id == task_artifacts.c.run_id)
            .where(task_artifacts.c.digest == digest)
            .order_by(runs.c.created_at, runs.c.run_id, task_artifacts.c.seq, task_artifacts.c.item)
        )
        with self._reading() as connection:
            return [_read_use(row) for row in connection.execute(query)]

    def task_artifacts(self, run_id: RunId, path: TaskPath) -> list[ArtifactUse]:
        """What the attempts of a task read, made and logged, in that order of events."""
        return [use for use in self._uses(run_id) if use.path == path]

    # --- cache

    def find_cache_entries(self, keys: Collection[Digest]) -> dict[Digest, CacheEntry]:
        """The newest entries of keys, by key."""
        found: dict[Digest, CacheEntry] = {}
        if not keys:
            return found
        with self._reading() as connection:
            for chunk in chunks(keys):
                for row in connection.execute(select(cache_entries).where(cache_entries.c.key.in_(chunk))):
                    found[Digest(row.key)] = run_rows.read_entry(row)
        return found

    def latest_cache_entry(self, pipeline: str, task_key: str) -> CacheEntry | None:
        """The newest entry of a task, whatever its key."""
        query = (
            select(cache_entries)
            .where(cache_entries.c.task_key == name_key(pipeline, task_key))
            .order_by(cache_entries.c.created_at.desc())
            .limit(1)
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return run_rows.read_entry(row) if row else None

    # --- inside

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with database_errors(self._engine), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _reading_run(self, run_id: RunId) -> Iterator[Connection]:
        with self._reading() as connection:
            if not run_exists(connection, run_id):
                raise missing_run(connection, run_id)
            yield connection

    def _uses(self, run_id: RunId, role: str | None = None) -> list[ArtifactUse]:
        query = select(task_artifacts).where(task_artifacts.c.run_id == run_id)
        if role is not None:
            query = query.where(task_artifacts.c.role == role)
        query = query.order_by(task_artifacts.c.seq, task_artifacts.c.item)
        with self._reading_run(run_id) as connection:
            return [_read_use(row) for row in connection.execute(query)]


def read_events(connection: Connection, run_id: RunId, after_seq: int, limit: int) -> list[StoredEvent]:
    """A page of a run's log."""
    rows = connection.execute(
        select(events.c.seq, events.c.data)
        .where(events.c.run_id == run_id, events.c.seq > after_seq)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [StoredEvent(run_id=run_id, seq=row.seq, event=decode_event(row.data)) for row in rows]


def run_exists(connection: Connection, run_id: RunId) -> bool:
    """Whether there is such a run."""
    return connection.execute(select(runs.c.run_id).where(runs.c.run_id == run_id)).first() is not None


def missing_run(connection: Connection, wanted: str) -> KfpError:
    """The error for a run that is not there, with the runs that may have been meant."""
    known = connection.execute(
        select(runs.c.run_id, runs.c.name).order_by(runs.c.created_at.desc()).limit(_SEARCHED_RUNS)
    ).all()
    near = _nearest(wanted, known)
    if near:
        hint = "did you mean " + " or ".join(f"{row.run_id[:8]} ({row.name})" for row in near) + "?"
    else:
        hint = "`jupyter kfp runs` lists the runs" if known else "there are no runs yet"
    return KfpError("KFP211", f"there is no run {wanted!r}", hint=hint, details={"run": wanted})


def _nearest(wanted: str, known: Sequence[Any]) -> list[Any]:
    from difflib import get_close_matches

    named = [row for row in known if row.name == wanted]
    if named:
        return named[:_SHOWN_MATCHES]
    by_prefix = {row.run_id[: len(wanted)]: row for row in reversed(known)}
    return [by_prefix[match] for match in get_close_matches(wanted.lower(), by_prefix, n=3, cutoff=0.7)]


def _several_runs(prefix: str, matches: Sequence[Any]) -> KfpError:
    shown = ", ".join(f"{row.run_id[:12]} ({row.name})" for row in matches[:_SHOWN_MATCHES])
    more = ", ..." if len(matches) > _SHOWN_MATCHES else ""
    return KfpError(
        "KFP212",
        f"several runs start with {prefix!r}: {shown}{more}",
        hint="give more characters of the run's id",
        details={"run": prefix, "matches": [row.run_id for row in matches[:_SHOWN_MATCHES]]},
    )


def _read_use(row: Row[Any]) -> ArtifactUse:
    return ArtifactUse(
        run_id=RunId(row.run_id),
        path=TaskPath(row.path),
        attempt=row.attempt,
        role=row.role,
        key=row.artifact_key,
        artifact=run_rows.read_artifact(row),
    )
