"""Functions under `functools.lru_cache`: what they have kept stays in the step that called them.

Later steps call them again. That makes no difference, unless the call is noticed, or would give another result by now.
"""

from __future__ import annotations

from collections.abc import Callable

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import Body, Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.versions import SETUP, Version

_LOOKS = frozenset({"cache_info"})


class _FirstCall:
    def __init__(self, actor: Actor, read: dict[str, Version | None]) -> None:
        self.actor = actor
        self.read = read
        """The notebook's variables that the function reads, as they were."""


class CachedFunctions:
    """Follows their calls while the notebook is traced; `get` gives the current version of a name."""

    def __init__(self, findings: Findings, get: Callable[[str], Version | None]) -> None:
        self._findings = findings
        self._get = get
        self._first: dict[int, _FirstCall] = {}
        """By identity of the definition's body."""

    def called(self, actor: Actor, version: Version, place: Place) -> None:
        """A step calls a function, or another function that it uses does."""
        definition = version.definition
        if definition is None or definition.body is None or not definition.body.is_cached or actor.owner == SETUP:
            return
        read = {use.name: self._get(use.name) for use in definition.body.uses if use.kind == "read"}
        first = self._first.setdefault(id(definition.body), _FirstCall(actor, read))
        if first.actor is not actor:
            why = self._why_noticed(first, definition.body, read)
            if why:
                self._findings.cache_lost(
                    version.name, place, f"step “{first.actor.name}” called it, {why}", definition
                )

    def _why_noticed(self, first: _FirstCall, body: Body, read: dict[str, Version | None]) -> str:
        if body.is_audible:
            return "and it does more than to return something, which would happen again here"
        changed = sorted(name for name in read if name != body.name and read[name] is not first.read.get(name))
        return f"when “{changed[0]}” was another value; here it would be computed anew" if changed else ""

    def looked_at(self, actor: Actor, version: Version, method: str, place: Place) -> None:
        """A method of a function is called: ``f.cache_info()``."""
        definition = version.definition
        first = self._first.get(id(definition.body)) if definition is not None else None
        if definition is not None and first is not None and first.actor is not actor and method in _LOOKS:
            why = f"step “{first.actor.name}” called it, and what it kept there is asked for here"
            self._findings.cache_lost(version.name, place, why, definition)
