"""Why a task is taken from the cache or not, in words."""

from __future__ import annotations

import time
from collections.abc import Mapping

from jupyter_kfp.runs.run import CacheEntry

CELL_PART = "cell:"
"""Prefix of parts that are not in the key: the cells behind ``source``, so that a miss can name the changed one."""
NEVER = "never ran before"
OFF_FOR_STEP = "caching is off for this step"
OFF_FOR_RUN = "--no-cache"
GONE = "stored outputs are gone"

_PLAIN = {
    "guarded": "later steps use other values that it must leave alone",
    "outputs": "what later steps read from it changed",
    "container": "the container's command changed",
    "environment": "environment variables changed",
    "format": "this version of jupyter_kfp stores values in another way",
}
_NAMED = {"python": "Python", "kernel": "the kernel", "image": "the image", "folder": "the notebook's folder"}
_SECRETS = ("secret", "config map")
_LONGEST_VALUE = 40


def explain_hit(entry: CacheEntry) -> str:
    """Whose outputs are used."""
    return f"same as {_run_of(entry)}"


def explain_outputs_of(entry: CacheEntry) -> str:
    """Whose outputs are used although the task was not selected."""
    return f"outputs of {_run_of(entry)}"


def explain_miss(entry: CacheEntry | None, parts: Mapping[str, str], producers: Mapping[str, str]) -> str:
    """What differs from the newest outputs of the task. `producers` names the steps behind inputs."""
    if entry is None:
        return NEVER
    old = entry.parts
    names = [name for name in (*parts, *old) if not name.startswith(CELL_PART) and parts.get(name) != old.get(name)]
    changes = list(dict.fromkeys(_explain_part(name, old, parts, producers) for name in dict.fromkeys(names)))
    if not changes:
        return GONE
    more = len(changes) - 1
    return changes[0] if not more else f"{changes[0]}, and {more} more change{'s' if more > 1 else ''}"


def _run_of(entry: CacheEntry) -> str:
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.created_at))
    return f"run {entry.run_id[:8]} of {made}"


def _explain_part(name: str, old: Mapping[str, str], new: Mapping[str, str], producers: Mapping[str, str]) -> str:
    kind, _, subject = name.partition(":")
    if kind == "source":
        return _explain_source(old, new)
    if kind == "input":
        origin = f" (from {producers[subject]})" if subject in producers else ""
        return f"input {subject} changed{origin}"
    if kind == "module":
        return f"the module {subject} beside the notebook changed"
    if kind in _SECRETS:
        return f"the {kind} {subject} changed"
    if name in _PLAIN:
        return _PLAIN[name]
    origin = f" (from {producers[subject]})" if kind == "parameter" and subject in producers else ""
    before, after = (_short(values.get(name, "absent")) for values in (old, new))
    return f"{subject or _NAMED.get(name, name)} changed: {before} -> {after}{origin}"


def _explain_source(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    before = [digest for name, digest in old.items() if name.startswith(CELL_PART)]
    cells = [(name.removeprefix(CELL_PART), digest) for name, digest in new.items() if name.startswith(CELL_PART)]
    if len(before) != len(cells):
        return "cells were added or removed" if before and cells else "code changed"
    changed = [number for (number, digest), was in zip(cells, before, strict=True) if digest != was]
    if not changed:
        return "code changed"
    if len(changed) == 1:
        return f"code of cell {changed[0]} changed"
    return f"code of cells {', '.join(changed[:-1])} and {changed[-1]} changed"


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 3]}..."
