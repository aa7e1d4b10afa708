"""State that belongs to a process, and how it is read and set: see `dataflow.state_slots` and `dataflow.process_state`.

A state that is read can be pickled. Of what differs from machine to machine (environment, folders) only what changed
since the step began is read. Nothing here imports a library that is not loaded already.
"""

from __future__ import annotations

import decimal
import gc
import locale
import os
import random
import socket
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.worker import library_slots, logging_slot
from jupyter_kfp.worker.shipped_modules import without_copies


class ProcessSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot."""

    name: str
    label: str
    read: Callable[[], Any]
    write: Callable[[Any], None]
    module: str = ""
    """Module that has to be loaded for it to exist."""


class _Baseline:
    """What the process was like before the step's setup."""

    def __init__(self) -> None:
        self.environ: dict[str, str] = dict(os.environ)
        self.folder = str(Path.cwd())
        self.import_path = list(sys.path)


def begin_step() -> None:
    """Note what the process is like before anything of the notebook runs in it."""
    global _baseline  # noqa: PLW0603  one kernel process runs one step
    _baseline = _Baseline()
    logging_slot.begin_step()


# --- what differs from machine to machine


def _read_environ() -> dict[str, str | None]:
    before, now = _baseline.environ, dict(os.environ)
    removed = {name: None for name in before if name not in now}
    return {name: value for name, value in now.items() if before.get(name) != value} | removed


def _write_environ(changed: dict[str, str | None]) -> None:
    for name, value in changed.items():
        _set_variable(name, value)


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _read_time_zone() -> str | None:
    return os.environ.get("TZ")


def _write_time_zone(zone: str | None) -> None:
    """Have the process use a zone, whatever its environment says afterwards."""
    before = _read_time_zone()
    _set_variable("TZ", zone)
    time.tzset()
    _set_variable("TZ", before)


def _read_folder() -> str:
    """The working directory, relative to the one that the step began in if it is near."""
    now = str(Path.cwd())
    relative = os.path.relpath(now, _baseline.folder)
    return now if relative.count("..") > 2 else relative


def _write_folder(folder: str) -> None:
    os.chdir(Path(_baseline.folder) / folder)


def _read_import_path() -> tuple[list[str], list[str], list[str]]:
    """What was put in front, what was put behind, and what was taken away."""
    before, now = _baseline.import_path, without_copies(sys.path)
    first = next((index for index, entry in enumerate(now) if entry in before), len(now))
    behind = [entry for entry in now[first:] if entry not in before]
    return now[:first], behind, [entry for entry in before if entry not in now]


def _write_import_path(changed: tuple[list[str], list[str], list[str]]) -> None:
    front, behind, removed = changed
    kept = [entry for entry in sys.path if entry not in {*front, *behind, *removed}]
    sys.path[:] = [*front, *kept, *behind]


# --- Python's own


def _write_decimal(context: decimal.Context) -> None:
    decimal.setcontext(context)


def _read_filters() -> list[Any]:
    return list(warnings.filters)


def _write_filters(filters: list[Any]) -> None:
    current: Any = warnings
    current.filters[:] = filters
    current._filters_mutated()  # noqa: SLF001  there is no public way to set them all


def _read_locale() -> str:
    return locale.setlocale(locale.LC_ALL)


def _write_locale(name: str) -> None:
    locale.setlocale(locale.LC_ALL, name)


def _read_limits() -> tuple[int, float, int]:
    return sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()


def _write_limits(limits: tuple[int, float, int]) -> None:
    depth, interval, digits = limits
    sys.setrecursionlimit(depth)
    sys.setswitchinterval(interval)
    sys.set_int_max_str_digits(digits)


def _read_collector() -> tuple[bool, tuple[int, int, int]]:
    return gc.isenabled(), gc.get_threshold()


def _write_collector(state: tuple[bool, tuple[int, int, int]]) -> None:
    enabled, thresholds = state
    gc.set_threshold(*thresholds)
    if enabled:
        gc.enable()
    else:
        gc.disable()


_ALL = (
    ProcessSlot(name="environ", label="environment variables", read=_read_environ, write=_write_environ),
    ProcessSlot(name="time_zone", label="time zone", read=_read_time_zone, write=_write_time_zone),
    ProcessSlot(name="folder", label="working directory", read=_read_folder, write=_write_folder),
    ProcessSlot(name="import_path", label="sys.path", read=_read_import_path, write=_write_import_path),
    ProcessSlot(name="warning_filters", label="filters of warnings", read=_read_filters, write=_write_filters),
    ProcessSlot(
        name="logging", label="levels and handlers of logging", read=logging_slot.read, write=logging_slot.write
    ),
    ProcessSlot(name="decimal_context", label="context of decimal", read=decimal.getcontext, write=_write_decimal),
    ProcessSlot(name="locale", label="locale", read=_read_locale, write=_write_locale),
    ProcessSlot(name="limits", label="limits of the interpreter", read=_read_limits, write=_write_limits),
    ProcessSlot(
        name="socket_timeout",
        label="timeout of sockets",
        read=socket.getdefaulttimeout,
        write=socket.setdefaulttimeout,
    ),
    ProcessSlot(name="collector", label="garbage collector", read=_read_collector, write=_write_collector),
    ProcessSlot(
        name="python_random", label="state of Python's random generator", read=random.getstate, write=random.setstate
    ),
    *(
        ProcessSlot(name=name, label=label, module=module, read=read, write=write)
        for name, label, module, read, write in library_slots.SLOTS
    ),
)
SLOTS = {slot.name: slot for slot in _ALL}
"""By name."""
_baseline = _Baseline()
