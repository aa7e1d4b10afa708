"""What a deployment may set, as one frozen value; the command line and the server fill it from traitlets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


def default_home() -> Path:
    """Folder of runs, artifacts and metadata: ``$JUPYTER_KFP_HOME``, else ``kfp`` in Jupyter's data folder."""
    configured = os.environ.get("JUPYTER_KFP_HOME")
    if configured:
        return Path(configured).expanduser().absolute()
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "kfp"


def default_parallelism() -> int:
    """Tasks of one run that may run at once: the number of CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept and how many things happen at once. All times in seconds."""

    home: Path = field(default_factory=default_home)
    database_url: str | None = None
    """SQLAlchemy URL; None means SQLite at ``<home>/kfp.db``."""
    max_parallel_tasks: int = field(default_factory=default_parallelism)
    max_machine_tasks: int | None = None
    """Tasks of all runs of this home that may run at once. None: the number of CPUs, or what a run was told to take."""
    grace_seconds: float = 10.0
    """Between SIGTERM and SIGKILL when a task is canceled or times out."""
    fork_kernels: bool | None = None
    """True: fork kernels from a warm process; False: always start new ones; None: fork where it is safe (Linux)."""
    spare_kernels: int = 1
    preload_modules: tuple[str, ...] = ()
    """Imported once, before kernels are forked, so that steps have them at once; numpy, pandas and the like."""

    @property
    def sqlalchemy_url(self) -> str:
        """The database, as SQLAlchemy wants it."""
        return self.database_url or f"sqlite:///{self.home / 'kfp.db'}"

    @property
    def artifacts_folder(self) -> Path:
        """Root of the local artifact store."""
        return self.home / "artifacts"

    @property
    def runs_folder(self) -> Path:
        """One folder per run: ``<run id>/tasks/<task path>/<attempt>/``."""
        return self.home / "runs"

    @property
    def environments_folder(self) -> Path:
        """Virtual environments for the packages that components install, shared by all runs."""
        return self.home / "environments"

    @property
    def compiled_folder(self) -> Path:
        """What is kept of notebooks that were compiled; it may be removed at any time."""
        return self.home / "compiled"
