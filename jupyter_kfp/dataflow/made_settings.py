"""Settings that steps make, and which later steps have to make them again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import msgspec

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.process_state import UNCARRIED_ROOTS, Generator
from jupyter_kfp.dataflow.state_slots import PLOTTING, Slot
from jupyter_kfp.dataflow.versions import SETUP, Replay
from jupyter_kfp.notebook.diagnostic import Severity
from jupyter_kfp.spec.step_payload import SeededGenerator

_USED_BY = {"environ": "os", "import_path": "sys", "locale": "locale", "decimal_context": ""}
"""Slots of every process whose use a cell shows: by the top-level module, or by any value."""


_MOST_STEPS = 5
_SHOWING = re.compile(r"get_ipython\.(display_formatter|set_custom_exc)")
"""Settings of IPython that change what is shown only."""


class Setting(msgspec.Struct, frozen=True):
    """A setting that a step, or a setup cell, makes."""

    owner: int
    slot: Slot | None
    path: str
    """What is called or assigned, for messages."""
    place: Place
    source: str = ""
    """Source that makes it again; empty if that is not possible."""
    module: str = ""
    """Module that has to be loaded for it to matter; empty: it always does."""
    plain: bool = False
    """The source belongs into the notebook's own namespace."""
    by_name: bool = False
    """Only code that names the module can see it, not values that come from there."""

    @property
    def statement(self) -> str:
        """What a later step runs in its setup."""
        if self.plain:
            return self.source
        worker = "__import__('jupyter_kfp.worker.repeated_settings', fromlist=['_'])"
        return f"{worker}.repeat({self.source!r}, {self.module!r})"


class MadeSettings:
    """Collects settings while the notebook is traced; `finish` has later steps repeat them, or says why not."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._settings: list[Setting] = []
        self._setup: list[Setting] = []
        self._uncarried: list[Setting] = []
        self._used: dict[int, dict[int, set[str]]] = {}
        """Top-level modules that each cell uses, by step and cell; the empty name stands for values of other cells."""
        self._foreseen: dict[int, set[str]] = {}
        self._seeds: list[tuple[Generator, Place, bool]] = []
        """Generators, where each is seeded, and whether setup does it."""

    def note_use(self, actor: Actor, root: str) -> None:
        """The current cell of a step uses a module, or (empty) a value that may depend on settings."""
        if not actor.is_setup:
            self._used.setdefault(actor.owner, {}).setdefault(actor.cells[-1], set()).add(root)

    def foresee(self, actor: Actor, slot: Slot) -> None:
        """A step sets a slot."""
        self._foreseen.setdefault(actor.owner, set()).add(slot.name)

    def foreseen(self, owner: int) -> list[str]:
        """Names of the slots that a step is known to set."""
        return sorted(self._foreseen.get(owner, ()))

    def seed(self, actor: Actor, generator: Generator, place: Place) -> None:
        """A generator is seeded."""
        self._seeds.append((generator, place, actor.is_setup))

    def seeded_elsewhere(self, actor: Actor) -> list[SeededGenerator]:
        """Generators that were seeded above, whose state a step is not given, since it is not known to draw."""
        found = {}
        for generator, place, in_setup in self._seeds:
            known = generator.variable in actor.taken or generator.variable in actor.writes
            if not known and place.cell < max(actor.cells):
                found[generator.name] = SeededGenerator(name=generator.name, cell=place.cell, in_setup=in_setup)
        return [found[name] for name in sorted(found)]

    def add(self, actor: Actor, setting: Setting) -> None:
        """A step makes a setting that does not travel."""
        if setting.slot is not None:
            self.foresee(actor, setting.slot)
        (self._setup if actor.is_setup else self._settings).append(setting)

    def forget(self, actor: Actor, path: str) -> bool:
        """A step puts back what it had set; whether it had."""
        kept = [one for one in self._settings if (one.owner, one.path) != (actor.owner, path)]
        found = len(kept) < len(self._settings)
        self._settings = kept
        return found

    def uses_any(self, owner: int, roots: AbstractSet[str]) -> bool:
        """Whether a step uses one of these top-level modules."""
        return any(used & roots for used in self._used.get(owner, {}).values())

    def in_setup(self, actor: Actor, slot: Slot | None, path: str, place: Place, *, after: int = SETUP) -> None:
        """A setup cell makes a setting, or seeds a generator: each step replays the cell.

        `after` is the step whose state of the slot is handed on at this point.
        """
        self._setup.append(Setting(actor.owner, slot, path, place))
        if after >= 0 and slot is not None:
            message = (
                f"setup sets {_written(path)} here, below a step that set {slot.label}: in each step setup comes "
                "first, and what that step hands on after it"
            )
            hint = "take the tag setup away here, so that the cell is part of a step"
            self._findings.add("KFP155", Severity.ERROR, place, message, hint=hint)

    def seeded_uncarried(self, actor: Actor, path: str, place: Place) -> None:
        """A generator is seeded whose state cannot be handed on."""
        self._uncarried.append(Setting(actor.owner, None, path, place))

    # --- at the end

    def finish(self, steps: Sequence[Actor]) -> None:
        """See to it that later steps have the settings."""
        for setting in self._settings:
            for step in steps:
                if step.owner != setting.owner and self._is_below(step, setting) and not self._pass_on(setting, step):
                    break
        for setting in self._setup:
            for step in steps:
                if setting.plain and self._is_below(step, setting):
                    self._repeat(setting, step)
                elif min(step.cells) < setting.place.cell < max(step.cells) and self._saw_before(step, setting):
                    self._report_amid(setting.slot, setting.path, setting.place, step)
        if self._uncarried:
            self._report_uncarried(steps)

    def _is_below(self, step: Actor, setting: Setting) -> bool:
        return max(step.cells) > setting.place.cell

    def _pass_on(self, setting: Setting, step: Actor) -> bool:
        """Let a step below have the setting; False if it cannot, and that was said."""
        if not any(self._may_see(setting, step, cell) for cell in step.cells if cell > setting.place.cell):
            return True
        if self._saw_before(step, setting):
            self._report_amid(setting.slot, setting.path, setting.place, step)
            return False
        if not setting.source:
            self._report(setting, step)
            return False
        self._repeat(setting, step)
        return True

    def _repeat(self, setting: Setting, step: Actor) -> None:
        step.replays.add(Replay(setting.place.cell, setting.place.line, setting.statement, setting.module))

    def _may_see(self, setting: Setting, step: Actor, cell: int) -> bool:
        used = self._used.get(step.owner, {}).get(cell, set())
        if not setting.module:
            return True
        root = setting.module.partition(".")[0]
        roots = {root} | (setting.slot.seen_by if setting.slot else PLOTTING if root == "matplotlib" else frozenset())
        return bool(used & roots) or ("" in used and not setting.by_name)

    def _saw_before(self, step: Actor, setting: Setting) -> bool:
        """Whether a cell of the step above the setting would wrongly see it, as it is made before the step begins."""
        above = [cell for cell in step.cells if cell < setting.place.cell]
        used: set[str] = set().union(*(self._used.get(step.owner, {}).get(cell, set()) for cell in above))
        slot = setting.slot
        if not above or setting.plain or not used:
            return False
        if slot is None or slot.name == "folder":
            return True
        if slot.module:
            return any(self._may_see(setting, step, cell) for cell in above)
        return slot.name in _USED_BY and _USED_BY[slot.name] in used

    # --- what is said

    def is_amid(self, step: Actor, slot: Slot, place: Place) -> bool:
        """Whether a setting that travels is made between two cells of a step that both see it, which is reported."""
        setting = Setting(SETUP, slot, slot.label, place, module=slot.module)
        if not self._saw_before(step, setting):
            return False
        self._report_amid(slot, slot.label, place, step)
        return True

    def _report_amid(self, slot: Slot | None, path: str, place: Place, step: Actor) -> None:
        message = (
            f"{_written(path)} is set here, between two cells of step “{step.name}”: the step would have it from its "
            "first cell on"
        )
        hint = f"move this cell above the step, or give the cells of “{step.name}” below it a step name of their own"
        severity = Severity.WARNING if slot is not None and slot.shows_only else Severity.ERROR
        self._findings.add("KFP155", severity, place, message, hint=hint)

    def _report(self, setting: Setting, step: Actor) -> None:
        message = f"{_written(setting.path)} is set here, and step “{step.name}”, in another process, would not see it"
        hint = "make the setting in a cell tagged setup, or hand the value on in a variable and set it in each step"
        shows_only = setting.path.startswith("%") or _SHOWING.search(setting.path) is not None
        severity = Severity.WARNING if shows_only else Severity.ERROR
        self._findings.add("KFP139", severity, setting.place, message, hint=hint)

    def _report_uncarried(self, steps: Sequence[Actor]) -> None:
        """Steps that use the library below a seed, and do not seed it themselves, begin anew with it."""
        seeding = {seed.owner for seed in self._uncarried}
        first = min(self._uncarried, key=lambda seed: seed.place)
        users = [step for step in steps if self._is_below(step, first) and self.uses_any(step.owner, UNCARRIED_ROOTS)]
        found = [step for step in users if step.owner not in seeding]
        if not found or (seeding == {SETUP} and len(users) < 2):
            return
        last = max(found[0].cells)
        seed = max((seed for seed in self._uncarried if seed.place.cell <= last), key=lambda seed: seed.place)
        listed = ", ".join(f"“{step.name}”" for step in found[:_MOST_STEPS]) + (" ..." if found[_MOST_STEPS:] else "")
        message = f"{seed.path}: the generator starts anew in each step ({listed}), where the notebook goes on drawing"
        hint = "seed it in each step that draws, or put the cells that draw into one step"
        self._findings.add("KFP156", Severity.WARNING, seed.place, message, hint=hint)


def _written(path: str) -> str:
    return path.rstrip(" =").replace("get_ipython.", "get_ipython().")
