"""Which class of a notebook is which: the same identifier in equal runs, and one class in a process."""

from __future__ import annotations

import types
import weakref
from typing import Any

from cloudpickle import cloudpickle

from jupyter_kfp.artifacts.content_digest import ContentHasher

COMPLETE: weakref.WeakSet[type] = weakref.WeakSet()
"""Classes that have their attributes: made by the notebook here, or filled by the file that brought them first."""


def track_class(cls: Any, step: str) -> None:
    """Give a class or type variable its identifier, unless it has one already, e.g. from the artifact it came with.

    cloudpickle keeps the identifiers in two private tables and would fill them with random ones.
    """
    by_class, by_id = cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS, cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID  # noqa: SLF001
    with cloudpickle._DYNAMIC_CLASS_TRACKER_LOCK:  # noqa: SLF001
        if cls in by_class:
            return
        base = _class_identifier(cls, step)
        identifier, number = base, 1
        while identifier in by_id:
            number += 1
            identifier = f"{base}-{number}"
        by_class[cls] = identifier
        by_id[identifier] = cls
    if isinstance(cls, type):
        COMPLETE.add(cls)


def _class_identifier(cls: Any, step: str) -> str:
    hasher = ContentHasher()
    qualified = getattr(cls, "__qualname__", cls.__name__)
    hasher.update(f"{step}\0{cls.__module__}\0{qualified}".encode())
    for name, value in sorted(getattr(cls, "__dict__", {}).items()):
        hasher.update(f"\0{name}\0".encode())
        code = getattr(getattr(value, "__func__", value), "__code__", None)
        if isinstance(code, types.CodeType):
            hasher.update(code.co_code)
            hasher.update("\0".join(code.co_names).encode())
        elif isinstance(value, str | int | float):
            hasher.update(repr(value).encode())
    return hasher.raw().hex()[:32]
