"""What can be cleaned up in the home folder: old runs, artifacts of nobody, environments that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.engine.reconcile import UNFINISHED
from jupyter_kfp.executors.local_process.package_environments import PackageEnvironments, StoredEnvironment
from jupyter_kfp.ids import Digest
from jupyter_kfp.metadata.metadata_store import MetadataStore
from jupyter_kfp.runs.retention import Retention, runs_to_collect
from jupyter_kfp.runs.run import Run
from jupyter_kfp.settings import Settings

__all__ = ["Housekeeping", "Retention", "StoredEnvironment"]

_PAGE = 1000


class Housekeeping:
    """Finds what may go; nothing is removed by a method that is not called ``remove``."""

    def __init__(self, settings: Settings, store: MetadataStore, artifacts: ArtifactStore) -> None:
        self._store = store
        self._artifacts = artifacts
        self._environments = PackageEnvironments(settings.environments_folder)

    def collectable_runs(self, retention: Retention, now: float) -> list[Run]:
        """Finished runs that the rules do not keep, oldest first."""
        return runs_to_collect(self._all_runs(), retention, now)

    def unreferenced_artifacts(self) -> list[Digest] | None:
        """Contents that no run and no cache entry refers to.

        None while a run goes on: its newest artifacts are stored before the log tells of them.
        """
        if self._store.list_runs(states=UNFINISHED, limit=1):
            return None
        return sorted(self._store.unreferenced(self._artifacts.list()))

    def size(self, digests: Iterable[Digest]) -> int:
        """Bytes of contents."""
        return sum(self._artifacts.size(digest) for digest in digests)

    def remove_artifacts(self, digests: Iterable[Digest]) -> int:
        """Remove contents; returns the bytes freed."""
        return self._artifacts.delete(digests)

    def environments(self) -> list[StoredEnvironment]:
        """Environments of packages, the longest unused first."""
        return self._environments.stored()

    def unused_environments(self, *, since: float) -> list[StoredEnvironment]:
        """Those in which no task has started since then (seconds since the epoch) and none runs."""
        return self._environments.unused(since=since)

    def remove_environments(self, environments: Iterable[StoredEnvironment]) -> list[StoredEnvironment]:
        """Remove environments; returns those that are gone, for one may have come into use."""
        wanted = {stored.key: stored for stored in environments}
        return [wanted[key] for key in self._environments.remove(wanted)]

    def _all_runs(self) -> Iterator[Run]:
        offset = 0
        while page := self._store.list_runs(limit=_PAGE, offset=offset):
            yield from page
            offset += len(page)
