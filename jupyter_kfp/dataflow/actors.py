"""Who runs code: a step, or a setup cell. Collects what it takes and what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from jupyter_kfp.dataflow.facts import Place, Use
from jupyter_kfp.dataflow.versions import SETUP, Replay, Version


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A version that an actor has to be given, and why."""

    version: Version
    place: Place
    """Where it is read, or, if it is read by a function, where the function is used."""
    via: Use | None = None
    """What the function does."""


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """A step would need two values of one variable at once, as its cells are not next to each other."""

    name: str
    place: Place
    version: Version
    other: Version
    """What it has instead."""


@dataclass(kw_only=True)
class Actor:
    """A step or a setup cell, while the notebook is traced."""

    owner: int
    """Position of the step, or `SETUP`."""
    name: str = ""
    cells: list[int] = field(default_factory=list)
    has: dict[str, Version] = field(default_factory=dict)
    """The version that it has for certain of a name, made by itself or given to it."""
    taken: dict[str, Taken] = field(default_factory=dict)
    """By name: from steps and parameters."""
    companions: dict[str, frozenset[str]] = field(default_factory=dict)
    """By name of what was taken: the names that might share its object then."""
    writes: dict[str, Version] = field(default_factory=dict)
    """Last version that the actor made of each name."""
    changes: dict[str, list[Version]] = field(default_factory=dict)
    """By name: versions whose object it changes in place."""
    touched: dict[str, int] = field(default_factory=dict)
    """First cell that reads or binds a name."""
    setup_values: dict[str, Version] = field(default_factory=dict)
    """By name: what it uses of what setup cells make, directly or under another name for the same object."""
    setup_cells: set[int] = field(default_factory=set)
    """Setup cells that it needs, without those that they need in turn."""
    replays: set[Replay] = field(default_factory=set)
    dynamic: bool = False
    """Runs code that is known only at run time."""
    clashes: list[Clash] = field(default_factory=list)
    changed_definitions: dict[str, tuple[Version, Place, str]] = field(default_factory=dict)
    """Functions and classes that it changes in a way that cannot be handed on: where defined, where and how changed."""
    handed_on: dict[Version, Version] = field(default_factory=dict)
    """Versions of other steps that it was given and hands on, with its own version that stands for each."""
    followed: dict[tuple[int, bool], int] = field(default_factory=dict)
    """By identity of a version, and whether it was called for certain: the state of the trace in which what its
    functions do was followed."""

    @property
    def is_setup(self) -> bool:
        """Whether this is a setup cell."""
        return self.owner == SETUP

    def require(self, version: Version, place: Place, via: Use | None = None) -> None:
        """Note what the actor has to be given, so that it has `version` at this point."""
        held = self.has.get(version.name)
        if held is version or (held is not None and version.owner == self.owner and not self.is_setup):
            return
        is_same = held is not None and (held.stands_for(version) or _is_held_only(version, held))
        if is_same and not version.is_import:
            return
        if held is not None and not (self.is_setup or is_same):  # another import of the same adds its submodules
            self.clashes.append(Clash(name=version.name, place=place, version=version, other=held))
            return
        for needed in self._needed(version):
            if needed.owner == SETUP or needed.replays:
                self.setup_cells |= needed.setup_cells
                self.setup_values.setdefault(needed.name, needed)
                self.replays.update(needed.replays)
            else:
                self._take(needed, place, via)
        if not version.conditional:
            self.has[version.name] = version

    def retake(self, version: Version, other: Version) -> None:
        """Be given `other` instead of `version`: the same value, from another step."""
        known = self.taken.get(version.name)
        if known is not None and known.version is version:
            self.taken[version.name] = Taken(version=other, place=known.place, via=known.via)
        elif version.name in self.has and self.has[version.name] is version:
            self.taken[version.name] = Taken(version=other, place=other.place)
        if self.has.get(version.name) is version:
            self.has[version.name] = other
        own = self.writes.get(version.name)
        while own is not None and own.owner == self.owner:
            # What comes of this step's own value cannot come before it: then the steps need one another, which is told.
            if own.previous is version and not other.follows(own):
                own.previous = other
            own = own.previous

    def _needed(self, version: Version) -> Iterator[Version]:
        if not self.is_setup:
            yield from version.before(self.owner)
            return
        step: Version | None = version
        while step is not None:  # cells of setup run one by one, each needs the others
            yield step
            step = step.previous if step.needs_previous else None

    def _take(self, version: Version, place: Place, via: Use | None) -> None:
        known = self.taken.get(version.name)
        if known is None:
            self.taken[version.name] = Taken(version=version, place=place, via=via)
        elif not known.version.stands_for(version):
            clash = Clash(name=version.name, place=place, version=version, other=known.version)
            self.clashes.append(clash)


def _is_held_only(version: Version, held: Version) -> bool:
    """Whether a version is an earlier one that may hold what was changed since; the guard sees to it if it does."""
    while version.by_holding and version.previous is not None:
        version = version.previous
        if version is held:
            return True
    return False
