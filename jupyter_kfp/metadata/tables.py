"""Tables of the metadata store, as queries see them. They are made by `migrations`; a test compares the two.

The column types are those that SQLite, PostgreSQL and MySQL share. What has no bound on its length is never a key:
paths and names are looked up by `name_key`, which also keeps comparisons exact where a database ignores case.
Structures are JSON (msgspec) in binary columns; an empty structure is NULL.
"""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA_VERSION = "0002"
"""Newest revision among the migrations; revisions are numbers of four digits."""

metadata = MetaData()

Json = LargeBinary(length=2**32 - 1)  # MySQL picks its type by the length
RUN_ID = String(36)
DIGEST = String(100)
NAME_KEY = String(32)
STATE = String(16)
REASON = String(32)
KIND = String(16)


def _run_id(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "run_id", RUN_ID, ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=primary_key, nullable=False
    )


specs = Table(
    "specs",
    metadata,
    Column("digest", DIGEST, primary_key=True),
    Column("data", Json, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", RUN_ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("pipeline_key", NAME_KEY, nullable=False),
    Column("experiment", Text, nullable=False),
    Column("experiment_key", NAME_KEY, nullable=False),
    Column("state", STATE, nullable=False),
    Column("reason", REASON),
    Column("error", Json),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("parameters", Json),
    Column("options", Json),
    Column("spec_digest", DIGEST, ForeignKey("specs.digest"), nullable=False, index=True),
    Column("last_seq", Integer, nullable=False),
    Index("ix_runs_created_at", "created_at"),
    Index("ix_runs_experiment_key", "experiment_key", "created_at"),
    Index("ix_runs_pipeline_key", "pipeline_key", "created_at"),
)

events = Table(
    "events",
    metadata,
    _run_id(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", Json, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    _run_id(primary_key=True),
    Column("path_key", NAME_KEY, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", STATE, nullable=False),
    Column("reason", REASON),
    Column("detail", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("created_at", Double),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("progress", Json),
    Column("outputs", Json),
    Column("artifacts", Json),
    Column("error", Json),
    Column("kind", KIND, nullable=False, server_default="task"),
    Column("input_parameters", Json),
    Column("origin", Json),
)

metrics = Table(
    "metrics",
    metadata,
    _run_id(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("data", Json, nullable=False),
)

# Lineage: which attempt of which task read, made or logged which artifact.
task_artifacts = Table(
    "task_artifacts",
    metadata,
    _run_id(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, autoincrement=False),
    Column("path_key", NAME_KEY, nullable=False),
    Column("path", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("role", String(8), nullable=False),
    Column("artifact_key", Text, nullable=False),
    Column("digest", DIGEST, nullable=False, index=True),
    Column("data", Json, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _run_id(),
    Column("kind", String(16), nullable=False),
    Column("at", Double, nullable=False),
    Index("ix_requests_run_id", "run_id"),
)

cache_entries = Table(
    "cache_entries",
    metadata,
    Column("key", DIGEST, primary_key=True),
    _run_id(),
    Column("task_key", NAME_KEY, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("data", Json, nullable=False),
    Index("ix_cache_entries_run_id", "run_id"),
    Index("ix_cache_entries_task_key", "task_key", "created_at"),
)

cache_artifacts = Table(
    "cache_artifacts",
    metadata,
    Column("key", DIGEST, ForeignKey("cache_entries.key", ondelete="CASCADE"), primary_key=True),
    Column("digest", DIGEST, primary_key=True, index=True),
)


def name_key(*names: str) -> str:
    """Key of fixed length for names of any length."""
    return blake2b("\0".join(names).encode(errors="surrogatepass"), digest_size=16).hexdigest()
