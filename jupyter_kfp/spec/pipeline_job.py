"""Who is running: what the placeholders ``{{$.pipeline_job_*}}`` and ``{{$.pipeline_task_*}}`` of KFP stand for."""

from __future__ import annotations

import msgspec


class PipelineJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run in KFP's own words (*pipeline job*), as one of its tasks sees it."""

    name: str = ""
    """Display name of the run."""
    resource_name: str = ""
    """A name of the run that KFP allows for a resource: ``<pipeline>-<start of the run's id>``."""
    uuid: str = ""
    """The run's id."""
    task_name: str = ""
    """Key of the task in its DAG."""
    task_uuid: str = ""
    """A UUID of this task of this run, the same for all its attempts."""
    create_time_utc: str = ""
    """When the run was created, RFC 3339 in UTC, such as ``2026-01-31T12:00:00Z``."""
    schedule_time_utc: str = ""
    """When it was to start; of a run that somebody started, when it was created."""
    workspace_path: str = ""
    """Folder that all tasks of the run share; empty if the pipeline has no workspace."""
    pipeline_root: str = ""
    """Folder where the run keeps its files."""
