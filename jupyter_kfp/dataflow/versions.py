"""The values that a variable has one after the other, and who makes each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from jupyter_kfp.dataflow.expressions import is_consumable, is_immutable, makes_items
from jupyter_kfp.dataflow.facts import OPAQUE, Body, Place, Use, Value

SETUP = -1
"""Owner of what setup cells bind."""
PARAMETERS = -2
"""Owner of the pipeline's parameters. Other owners are positions of steps, from 0."""

VersionKind = Literal["bind", "change", "shared", "delete"]


class Replay(msgspec.Struct, frozen=True, order=True):
    """An import statement of a step, to be replayed in steps that use its name."""

    cell: int
    line: int
    statement: str
    root: str


@dataclass(eq=False, slots=True, kw_only=True)
class Version:
    """One value of one variable.

    ``bind`` is a new value. ``change`` is the same object, changed. ``shared`` is an object that was changed under
    another name. ``delete`` is no value at all.
    """

    name: str
    owner: int
    place: Place
    kind: VersionKind = "bind"
    conditional: bool = False
    """The value before may still be there."""
    previous: Version | None = None
    """The version before, if this one does not simply replace it."""
    value: Value = OPAQUE
    uses: tuple[Use, ...] = ()
    """What functions, or instances of classes, in the value do to names when called."""
    replays: tuple[Replay, ...] = ()
    is_scalar: bool = False
    """It is a parameter of a type that cannot be changed in place."""
    keeps_state: bool = False
    """Calling the value changes it."""
    is_figure: bool = False
    """It is a figure, or axes in one: drawing on it changes it."""
    classes: frozenset[str] = frozenset()
    """Classes of the notebook that the value, or a part of it, may be an instance of."""
    changes_on_use: bool = False
    """Reading the name may change the value; see `Body`."""
    is_identity: bool = False
    """It may be, or hold, an object that is only equal to itself."""
    passes_on: bool = False
    """Its owner hands the version before on, unchanged."""
    uses_of_part: Callable[[str], tuple[Use, ...]] | None = None
    """Of one of the user's own modules: what using something in it does, by its dotted name there."""
    by_holding: bool = False
    """Of a shared one: it only may hold what was changed."""
    setup_cells: frozenset[int] = frozenset()
    """Setup cells that together give this value."""

    @property
    def is_import(self) -> bool:
        """Whether the value is a module, or something taken from one, that can be imported again."""
        return self.value.imported is not None

    @property
    def body(self) -> Body | None:
        """The function or class, if the name is bound by ``def``, ``class`` or to a lambda."""
        return self.value.bodies[0] if self.value.bodies and not self.is_import else None

    @property
    def is_immutable(self) -> bool:
        """Whether the value is certainly a number, text or the like."""
        if self.kind != "bind" or not (self.is_scalar or is_immutable(self.value.expression)):
            return False
        return not self.conditional or self.previous is None or self.previous.is_immutable

    @property
    def is_consumable(self) -> bool:
        """Whether any use changes the value: an iterator, a random generator."""
        return is_consumable(self.value.expression)

    @property
    def needs_previous(self) -> bool:
        """Whether the maker has to have the version before, to make this one."""
        return self.previous is not None and (self.conditional or self.kind in {"change", "shared"})

    @property
    def makes_items(self) -> bool:
        """Whether reading an item that is not there makes it."""
        return makes_items(self.value.expression)

    @property
    def definition(self) -> Version | None:
        """The ``def`` or ``class`` statement, if this is the function or class, changed since."""
        if self.body is None:  # a change has the body of what it changed
            return None
        version: Version | None = self
        while version is not None and version.kind in {"change", "shared"}:
            version = version.previous
        return version if version is not None and version.body is not None else None

    def stands_for(self, other: Version) -> bool:
        """Whether this is the other version, handed on by steps that left it as it was, or the same import."""
        if self.value.imported is not None and other.value.imported is not None:
            return self.value.imported.path == other.value.imported.path
        version = self
        while version is not other and version.passes_on and version.previous is not None:
            version = version.previous
        return version is other

    def follows(self, other: Version) -> bool:
        """Whether the other version is this one or anywhere before it."""
        version: Version | None = self
        while version is not None and version is not other:
            version = version.previous
        return version is not None

    def before(self, owner: int) -> Iterator[Version]:
        """Versions that `owner` has to be given, so that it has this one: none if it makes it from nothing."""
        version: Version | None = self
        while version is not None:
            if version.owner != owner:
                yield version
                if not (version.owner == SETUP and version.needs_previous):
                    return
            elif not version.needs_previous:
                return
            version = version.previous

    def possibly_unbound(self) -> bool:
        """Whether there may be no value after all."""
        version: Version | None = self
        while version is not None:
            if version.kind == "delete":
                return True
            if not version.conditional and (version.kind == "bind" or version.previous is None):
                return False
            version = version.previous
        return True
