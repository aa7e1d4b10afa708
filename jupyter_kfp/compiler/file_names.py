"""Names of files, of which parts may be unknown, compared."""

from __future__ import annotations

import re

from jupyter_kfp.compiler.text_values import ANY


def may_be_same(written: str, used: str) -> bool:
    """Whether what is written may be what is used, or a folder above it."""
    if used == written or used.startswith(f"{written}/"):
        return True
    if ANY not in written and ANY not in used:
        return False
    if ANY in written and ANY in used:
        return _may_begin_alike(written, used) and _may_end_alike(written, used)
    pattern, text = (written, used) if ANY in written else (used, written)
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANY))), text, re.DOTALL) is not None


def shown(name: str) -> str:
    """A name for people: what is not known of it is ``*``."""
    return name.replace(ANY, "*")


def _may_begin_alike(one: str, other: str) -> bool:
    first, second = one.partition(ANY)[0], other.partition(ANY)[0]
    return first.startswith(second) or second.startswith(first)


def _may_end_alike(one: str, other: str) -> bool:
    first, second = one.rpartition(ANY)[2], other.rpartition(ANY)[2]
    return first.endswith(second) or second.endswith(first)
