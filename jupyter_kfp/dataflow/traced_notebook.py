"""What is traced: the cells of a notebook, and what is known beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from jupyter_kfp.dataflow.facts import Fact, Place
from jupyter_kfp.dataflow.module_effects import ModuleEffects

NO_MODULES = ModuleEffects(())


class TracedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell, with what it does to names."""

    number: int
    owner: int
    """Position of its step, `SETUP` or `PARAMETERS`."""
    facts: list[Fact]


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the cells."""

    step_names: list[str]
    parameters: Mapping[str, Place]
    definitions: dict[str, list[Place]]
    """Where names are bound, anywhere in the notebook, in order."""
    skipped: dict[str, int]
    """Names that only cells tagged ``skip`` bind, with the cell."""
    star_names: Callable[[str], list[str] | None]
    """Names that ``from <module> import *`` binds; None if that cannot be found out."""
    scalars: frozenset[str] = frozenset()
    """Parameters whose type cannot be changed in place."""
    mutates: Mapping[int, Iterable[str]] = {}
    """By step: variables declared as changed in place."""
    tells_subclasses: bool = False
    """Somewhere a class is asked for those that are derived from it."""
    modules: ModuleEffects = NO_MODULES
    """The user's own modules."""
