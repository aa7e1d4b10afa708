"""Which variables may hold the same object, or parts of one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


class Sharing:
    """A symmetric relation between names, kept up while assignments are read."""

    def __init__(self) -> None:
        self._partners: defaultdict[str, set[str]] = defaultdict(set)

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

    def forget(self, name: str) -> None:
        """The name is bound to something new, or to nothing."""
        for other in self._partners.pop(name, ()):
            self._partners[other].discard(name)
