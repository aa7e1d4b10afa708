"""Rebuild the state machine of a run from what the store holds of it."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.ids import RunId
from jupyter_kfp.metadata.metadata_store import MetadataStore
from jupyter_kfp.runs.events import RunCreated, StoredEvent
from jupyter_kfp.spec.ir_json import from_json

_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as its log tells it."""

    active: ActiveRun
    created: RunCreated
    last_seq: int


def load_active_run(store: MetadataStore, run_id: RunId, *, max_parallel_tasks: int = 1) -> StoredRun:
    """Replay a run. Raises `KfpError` KFP211 if there is none, KFP231 or KFP232 if its spec cannot be run."""
    events = all_events(store, run_id)
    created = events[0].event
    assert isinstance(created, RunCreated)
    graph = build_task_graph(from_json(store.get_spec(run_id)))
    active = ActiveRun.from_events(run_id, graph, events, max_parallel_tasks=max_parallel_tasks)
    return StoredRun(active, created, events[-1].seq)


def all_events(store: MetadataStore, run_id: RunId) -> list[StoredEvent]:
    """The whole log of a run."""
    events: list[StoredEvent] = []
    while True:
        page = store.events(run_id, after_seq=events[-1].seq if events else 0, limit=_PAGE)
        events += page
        if len(page) < _PAGE:
            return events
