"""The processes of a command, also those that left its process group or lost their parent."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ATTEMPT_VARIABLE = "JUPYTER_KFP_ATTEMPT"
"""Environment variable by which processes of an attempt are known."""
_ROUNDS = 3
"""A process may start another one while it is looked for."""


@dataclass(frozen=True)
class TaskMarks:
    """By what a process is known to be one of a task, apart from its group; children inherit both."""

    variable: str
    """Value of `ATTEMPT_VARIABLE`."""
    namespace: str = ""
    """Mounts that only this task has, as ``/proc`` names them, and held; empty: it has those of everybody."""


class HeldNamespace:
    """The mounts that a process sees, by a name that no others can get while this is open.

    The kernel gives the names of mounts that are gone to new ones: by its name alone it may be those of another task.
    """

    def __init__(self, pid: int) -> None:
        self.name = ""
        """As ``/proc`` has it; empty if the process has ended."""
        self._descriptor = -1
        with contextlib.suppress(OSError):
            self._descriptor = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            self.name = os.readlink(f"/proc/self/fd/{self._descriptor}")  # noqa: PTH115 - what it names is no path

    def close(self) -> None:
        """Let the name go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def mount_namespace(pid: int) -> str:
    """Name of the mounts that a process sees; empty if it has ended."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/mnt")  # noqa: PTH115 - what it names is no path
    return ""


def kill_task(pid: int, marks: TaskMarks) -> list[str]:
    """Kill what is left of a command, whose leader has this id or had it; returns names of programs, sorted."""
    names: set[str] = set()
    for _ in range(_ROUNDS):
        left = list(_left(pid, marks))
        names |= {name for _, name in left}
        for one, _ in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)
        if not left:
            break
    return sorted(names)


def _left(group: int, marks: TaskMarks) -> Iterator[tuple[int, str]]:
    found = _marked_by_proc(group, marks) if sys.platform == "linux" else _marked(group, marks)
    yield from ((pid, name) for pid, name in found if pid != os.getpid())


def _marked_by_proc(group: int, marks: TaskMarks) -> Iterator[tuple[int, str]]:
    """Reads ``/proc`` itself: this is asked at the end of every task."""
    variable = f"{ATTEMPT_VARIABLE}={marks.variable}".encode()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        pid, folder = int(entry.name), Path(entry.path)
        with contextlib.suppress(OSError):  # it ended, or is of somebody else
            variables = (folder / "environ").read_bytes()  # a zombie has none
            if variables and (
                os.getpgid(pid) == group or variable in variables.split(b"\0") or _sees(pid, marks.namespace)
            ):
                yield pid, (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()


def _sees(pid: int, namespace: str) -> bool:
    return bool(namespace) and mount_namespace(pid) == namespace


def _marked(group: int, marks: TaskMarks) -> Iterator[tuple[int, str]]:
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if os.getpgid(process.pid) == group or process.environ().get(ATTEMPT_VARIABLE) == marks.variable:
                yield process.pid, process.info["name"] or "?"
