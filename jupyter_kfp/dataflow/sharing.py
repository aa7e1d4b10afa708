"""Which variables may hold the same object, or parts of one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


class Sharing:
    """A symmetric relation between names, kept up while assignments are read, and one of holders and what they hold.

    A holder was made, or called, by code that is not known, which was given what it holds: it may have kept it. What
    changes the held object is seen through the holder; what a holder does is not expected to change what it holds.
    """

    def __init__(self) -> None:
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        self._held: defaultdict[str, set[str]] = defaultdict(set)

    def reachable(self, names: Iterable[str]) -> set[str]:
        """The names, and all that may share with one of them."""
        found = set(names)
        for name in tuple(found):
            found |= self._partners.get(name, set())
        return found

    def partners(self, name: str) -> list[str]:
        """What may share with a name, in a fixed order."""
        return sorted(self._partners.get(name, ()))

    def add(self, name: str, others: Iterable[str]) -> None:
        """The name may share with each of the others."""
        for other in others:
            self._partners[name].add(other)
            self._partners[other].add(name)

    def hold(self, name: str, others: Iterable[str]) -> None:
        """The name may hold each of the others."""
        found = set(others) - {name}
        if found:
            self._held[name] |= found

    def held(self, names: Iterable[str]) -> set[str]:
        """What the names may hold."""
        return set().union(*(self._held.get(name, ()) for name in names))

    def holders(self, names: Iterable[str]) -> list[str]:
        """What may hold one of the names, in a fixed order."""
        wanted = set(names)
        return sorted(name for name, held in self._held.items() if held & wanted and name not in wanted)

    def forget(self, name: str) -> None:
        """The name is bound to something new, or to nothing."""
        for other in self._partners.pop(name, ()):
            self._partners[other].discard(name)
        self._held.pop(name, None)
        for held in self._held.values():
            held.discard(name)
