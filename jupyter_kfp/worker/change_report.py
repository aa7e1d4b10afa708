"""What the guard says of a change: the variable, the part, the line that most likely did it, what to do."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.change_site import ChangeSite, change_sites
from jupyter_kfp.worker.session_files import SessionRequest

_CLASS_PART = re.compile(r"\['(\w+)'\](.*)", re.DOTALL)
_FUNCTION_PART = re.compile(r"\[(?:3\]\[(\d+)|2\]\['(\w+)')\]")
"""Of the state of a function, see `setup_baseline.state_of`: a variable of its closure, or an attribute."""


class GuardedValue:
    """A value that must stay as it is.

    Parameters
    ----------
    name:
        The variable.
    producer:
        Step that made it.
    through:
        The input that shares objects with it, if the step did not ask for the variable itself.
    entangled:
        Other variables, loaded elsewhere, that the value shared objects with when it was saved.
    is_setup:
        The setup makes it: each later step has it as the replay leaves it.

    """

    __slots__ = ("entangled", "is_setup", "name", "producer", "through")

    def __init__(
        self, name: str, producer: str, *, through: str = "", entangled: Iterable[str] = (), is_setup: bool = False
    ) -> None:
        self.name = name
        self.producer = producer
        self.through = through
        self.entangled = list(entangled)
        self.is_setup = is_setup

    @property
    def used_as(self) -> str:
        """The variable by which the step has it."""
        return self.through or self.name

    @property
    def declared_as(self) -> list[str]:
        """The variables to name in ``kfp.mutates``: both, so that the analysis learns that they change together."""
        return [self.through, self.name] if self.through else [self.name]


def changed_in_place(
    request: SessionRequest,
    each: GuardedValue,
    value: object,
    where: str,
    *,
    transform: Callable[[str], str],
    cells: Sequence[int] = (),
) -> StepError:
    """The error KFP316. `where` is the part that differs, `cells` are those in which it is known to have changed."""
    sites = change_sites(request.cells, each.used_as, transform, definitions=request.setup, only=cells)
    site = sites[0] if sites and sites[0].is_likely else None
    mentioning = list(dict.fromkeys([*cells, *(one.cell for one in sites)]))
    is_definition = each.is_setup and isinstance(value, type | types.FunctionType)
    part = _part(each.name, value, where)
    cell = site.cell if site else (mentioning[0] if len(mentioning) == 1 else None)
    return StepError(
        code="KFP316",
        message=f"step {request.step} changes {each.name}{_origin(each)} in place{part} but {_harm(each)}"
        f"{_place(site, mentioning, certain=bool(cells))}",
        cell=cell,
        line=site.line if site else None,
        hint=_fix(each, value, site, is_definition=is_definition),
        details={
            "mutates": [] if is_definition else each.declared_as,
            "variable": each.name,
            "step": request.step,
            "cells": mentioning,
        },
    )


def with_all_names(problems: Sequence[StepError]) -> list[StepError]:
    """Let each problem name the variables of all, since a run shows the first: one repair then serves for all."""
    import msgspec

    names = list(dict.fromkeys(name for each in problems for name in each.details.get("mutates", ())))
    if len(names) < 2:
        return list(problems)
    return [
        msgspec.structs.replace(each, details={**each.details, "mutates": names}) if "mutates" in each.details else each
        for each in problems
    ]


def _origin(each: GuardedValue) -> str:
    if each.is_setup:
        return " of the setup"
    return f" from step {each.producer}" if each.producer else ""


def _part(name: str, value: object, where: str) -> str:
    """Which part changed, in words that the notebook's author knows."""
    if isinstance(value, type):
        found = _CLASS_PART.match(where.removeprefix(name))
        return f", at {name}.{found[1]}{found[2]}," if found else ","
    if not isinstance(value, types.FunctionType):
        return "," if where == name else f", at {where},"
    found = _FUNCTION_PART.match(where.removeprefix(name))
    if found is None:
        return ","
    kept = value.__code__.co_freevars
    if found[1] and int(found[1]) < len(kept):
        return f", in the variable {kept[int(found[1])]} that it keeps between calls,"
    return f", at {name}.{found[2]}," if found[2] else ","


def _harm(each: GuardedValue) -> str:
    if each.is_setup:
        return "a later step uses it and has it as the setup makes it"
    if each.through:
        return f"a later step reads {each.name}, which shares objects with {each.through}"
    if each.entangled:
        return f"it shares objects with {', '.join(each.entangled)}, which a later step may read"
    return "a later step reads it as it was"


def _place(site: ChangeSite | None, mentioning: Sequence[int], *, certain: bool) -> str:
    if site is not None:
        likely = f"in cell {site.cell}, most likely line" if certain else f"most likely in cell {site.cell}, line"
        return f", {likely} {site.line}: {site.text}"
    if not mentioning:
        return "; no cell of the step mentions it, so a function or object that it uses did"
    numbers = ", ".join(map(str, mentioning))
    return f", in cell {numbers}" if len(mentioning) == 1 else f", in one of the cells {numbers}, which mention it"


def _fix(each: GuardedValue, value: object, site: ChangeSite | None, *, is_definition: bool) -> str:
    name = each.used_as
    if is_definition:
        return (
            f"later steps get the definition of {name} as the setup makes it: keep what changes in a variable of its "
            "own, made by a step"
        )
    declared = ", ".join(f'"{one}"' for one in each.declared_as)
    declare = (
        "if later steps should see the change, declare it in the step's first cell, as `jupyter kfp fix NOTEBOOK RUN` "
        f'does: metadata {{"kfp": {{"mutates": [{declared}]}}}}'
    )
    if isinstance(value, type | types.FunctionType):
        return f"{declare}; if not, define {name} again in the step that uses it, or keep what changes in a variable"
    numpy: Any = sys.modules.get("numpy")
    pandas: Any = sys.modules.get("pandas")
    has_copy = (numpy is not None and isinstance(value, numpy.ndarray)) or (
        pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)
    )
    copied = f"{name} = {name}.copy()" if has_copy else f"{name} = copy.deepcopy({name})"
    before = f" before cell {site.cell}, line {site.line}" if site else ""
    return f"{declare}; if not, work on a copy: {copied}{before}"
