"""Runs, their events and what is made from them, artifacts' lineage, requests, the cache."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.LargeBinary(length=2**32 - 1)
# MySQL: one character set for all databases, and the engine that has transactions.
OPTIONS: dict[str, Any] = {
    f"{name}_{option}": value
    for name in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_tasks()
    _make_artifacts_and_metrics()
    _make_cache()


def _run_id(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "run_id",
        sa.String(36),
        sa.ForeignKey("runs.run_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def _number(name: str, *, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=primary_key, nullable=False, autoincrement=False)


def _make_runs() -> None:
    op.create_table(
        "specs",
        sa.Column("digest", sa.String(100), primary_key=True),
        sa.Column("data", JSON, nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("pipeline_key", sa.String(32), nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("experiment_key", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("error", JSON),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("parameters", JSON),
        sa.Column("options", JSON),
        sa.Column("spec_digest", sa.String(100), sa.ForeignKey("specs.digest"), nullable=False),
        _number("last_seq"),
        **OPTIONS,
    )
    op.create_index("ix_runs_created_at", "runs", ["created_at"])
    op.create_index("ix_runs_experiment_key", "runs", ["experiment_key", "created_at"])
    op.create_index("ix_runs_pipeline_key", "runs", ["pipeline_key", "created_at"])
    op.create_index("ix_runs_spec_digest", "runs", ["spec_digest"])
    op.create_table(
        "events",
        _run_id(primary_key=True),
        _number("seq", primary_key=True),
        sa.Column("data", JSON, nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _run_id(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        **OPTIONS,
    )
    op.create_index("ix_requests_run_id", "requests", ["run_id"])


def _make_tasks() -> None:
    op.create_table(
        "tasks",
        _run_id(primary_key=True),
        sa.Column("path_key", sa.String(32), primary_key=True),
        _number("position"),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("detail", sa.Text, nullable=False),
        _number("attempt"),
        sa.Column("created_at", sa.Double),
        sa.Column("started_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("progress", JSON),
        sa.Column("outputs", JSON),
        sa.Column("artifacts", JSON),
        sa.Column("error", JSON),
        **OPTIONS,
    )


def _make_artifacts_and_metrics() -> None:
    op.create_table(
        "metrics",
        _run_id(primary_key=True),
        _number("seq", primary_key=True),
        sa.Column("data", JSON, nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "task_artifacts",
        _run_id(primary_key=True),
        _number("seq", primary_key=True),
        _number("item", primary_key=True),
        sa.Column("path_key", sa.String(32), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        _number("attempt"),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("artifact_key", sa.Text, nullable=False),
        sa.Column("digest", sa.String(100), nullable=False),
        sa.Column("data", JSON, nullable=False),
        **OPTIONS,
    )
    op.create_index("ix_task_artifacts_digest", "task_artifacts", ["digest"])


def _make_cache() -> None:
    op.create_table(
        "cache_entries",
        sa.Column("key", sa.String(100), primary_key=True),
        _run_id(),
        sa.Column("task_key", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("data", JSON, nullable=False),
        **OPTIONS,
    )
    op.create_index("ix_cache_entries_run_id", "cache_entries", ["run_id"])
    op.create_index("ix_cache_entries_task_key", "cache_entries", ["task_key", "created_at"])
    op.create_table(
        "cache_artifacts",
        sa.Column("key", sa.String(100), sa.ForeignKey("cache_entries.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.String(100), primary_key=True),
        **OPTIONS,
    )
    op.create_index("ix_cache_artifacts_digest", "cache_artifacts", ["digest"])
