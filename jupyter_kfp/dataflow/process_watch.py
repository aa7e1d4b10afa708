"""Watches what steps do to the state of their process, and sees to it that later steps have it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.expressions import dotted_name
from jupyter_kfp.dataflow.facts import OPAQUE, Fact, Place
from jupyter_kfp.dataflow.made_settings import MadeSettings, Setting
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.process_magics import magic_setting
from jupyter_kfp.dataflow.process_state import (
    CHOOSES_BACKEND,
    DRAWING_METHODS,
    FITTING_METHODS,
    LOGGING_METHODS,
    NUMPY,
    TORCH,
    TORCH_ROOTS,
    UNCARRIED_SEEDS,
    assigned_slot,
    drawn_generator,
    fits_at_random,
    is_setting,
    other_setting_module,
    seeded_generators,
    slot_of,
    touches_state,
)
from jupyter_kfp.dataflow.repeated_settings import handle_path, repeated_setting
from jupyter_kfp.dataflow.state_slots import EVERYWHERE, SLOTS, Slot
from jupyter_kfp.dataflow.versions import SETUP, Version

_SLOTS = {slot.name: slot for slot in SLOTS}
Require = Callable[[Actor, Version, Place], None]


class ProcessWatch:
    """Follows the state of the process while the notebook is traced.

    Generators that were seeded, and slots that were set to what no other process can make again, are variables of the
    notebook: whoever may see them is given them. Other settings are collected in `made`, and made again.
    """

    def __init__(self, names: Namespace, made: MadeSettings, require: Require) -> None:
        self._names = names
        self._made = made
        self._require = require
        self._carried: dict[str, Slot] = {}
        """By variable: slots that travel."""
        self._other_backend = False
        """Some cell so far asks for plots that are not drawn inline."""

    # --- looking

    def begin_cell(self, actor: Actor, cell: int) -> None:
        """A cell begins: it may see what holds in every process."""
        for variable, slot in self._carried.items():
            if not slot.module:
                self._look(actor, variable, Place(cell, 1, 1))

    def read(self, actor: Actor, version: Version, place: Place) -> None:
        """A step uses a module, or something from one, or a value whose look or making may depend on settings."""
        imported = version.value.imported
        if imported is None and (version.is_immutable or not actor.cells):
            return
        root = imported.root if imported else ""
        self._made.note_use(actor, root)
        for variable, slot in self._carried.items():
            if slot.module and (not root or root in slot.seen_by):
                self._look(actor, variable, place)
        if self._names.get(TORCH.variable) is not None:
            comes_from_torch = version.owner >= 0 and self._made.uses_any(version.owner, TORCH_ROOTS)
            if root in TORCH_ROOTS or (not root and comes_from_torch):
                self._draw(actor, TORCH.variable, place, conditional=True)

    def _look(self, actor: Actor, variable: str, place: Place) -> None:
        version = self._names.get(variable)
        if version is None or actor.is_setup or version.owner == actor.owner:
            return
        if variable not in actor.has and self._made.is_amid(actor, self._carried[variable], version.place):
            return
        self._require(actor, version, place)

    # --- generators

    def drawn_by_method(self, actor: Actor, method: str, fact: Fact, version: Version | None) -> None:
        """A method may draw: ``df.sample(9)``, ``RandomForestClassifier().fit(x)``, ``stats.norm(0, 1).rvs()``.

        Of the object nothing is known if the version is None: a function of the notebook has it.
        """
        if self._names.get(NUMPY.variable) is None or {"random_state", "rng"} & set(fact.keywords):
            return
        draws = method in DRAWING_METHODS
        if version is not None:
            draws = draws and not (version.is_import or version.is_consumable)
        if method in FITTING_METHODS:
            made = version.value.expression if version is not None else None
            draws = made is None or any(self._draws_when_fitted(part) for part in ast.walk(made))
        if draws:
            self._draw(actor, NUMPY.variable, fact.place, conditional=fact.conditional)

    def _draws_when_fitted(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        path = self._names.import_path(ast.unparse(node.func))
        return fits_at_random(path, node) if path else isinstance(node.func, ast.Name)

    def _draw(self, actor: Actor, variable: str, place: Place, *, conditional: bool) -> None:
        """Use a generator that was seeded; one that was not gives other numbers in every run of the notebook, too."""
        version = self._names.get(variable)
        if version is not None:
            self._require(actor, version, place)
            self._names.change(actor, version, place, how="a draw", value=OPAQUE, conditional=conditional)

    # --- calls and assignments

    def call(self, actor: Actor, path: str, fact: Fact) -> None:
        """A function of a module is called, here or in a function of the notebook that may be called here."""
        seeded = seeded_generators(path)
        for generator in seeded:
            self._names.bind(actor, generator.variable, fact.place, OPAQUE, conditional=fact.conditional)
            self._made.seed(actor, generator, fact.place)
        if path in UNCARRIED_SEEDS:
            self._made.seeded_uncarried(actor, path, fact.place)
        if seeded:
            if actor.is_setup:
                self._made.in_setup(actor, None, path, fact.place)
            return
        drawn = drawn_generator(path, fact.keywords)
        if drawn is not None:
            self._draw(actor, drawn.variable, fact.place, conditional=fact.conditional)
            return
        self._other_backend = self._other_backend or path in CHOOSES_BACKEND
        slot = slot_of(path)
        module = other_setting_module(path) if slot is None else slot.module
        if module is not None and (fact.statement is not None or path not in UNCARRIED_SEEDS):
            self._set(actor, slot, path, module, fact)

    def assign(self, actor: Actor, version: Version, fact: Fact) -> None:
        """An attribute of a module, or an item of something in it, is set or deleted."""
        imported = version.value.imported
        if imported is None or not fact.target:
            return
        holder = ".".join(part for part in [imported.path, fact.target.partition(".")[2]] if part)
        how = fact.how.removeprefix("del ")
        how = how.removesuffix(" =")
        attribute = how if how.startswith(".") else ""
        path = f"{holder}{attribute}"
        slot = assigned_slot(path)
        if slot is None and (fact.in_function or self._puts_back(path, fact)) and self._made.forget(actor, path):
            return
        root = path.partition(".")[0]
        module = slot.module if slot else "" if root in EVERYWHERE else root
        if slot is None and fact.in_function and root == "sys":
            return  # most likely for a while, as streams are
        self._set(actor, slot, path + how if how == "[...]" else path, module, fact)

    def _puts_back(self, path: str, fact: Fact) -> bool:
        """Whether an assignment gives an attribute what it was before: ``sys.stdout = old``."""
        value = fact.statement.value if isinstance(fact.statement, ast.Assign) else None
        if isinstance(value, ast.Name) and (known := self._names.get(value.id)) is not None:
            value = known.value.expression
        dotted = dotted_name(value) if value is not None else None
        return bool(dotted) and self._names.import_path(dotted or "") in {path, path.replace("sys.", "sys.__") + "__"}

    def call_handle(self, actor: Actor, version: Version, fact: Fact) -> bool:
        """A method of a variable is called; whether the variable stands for state, so that it is no change of it."""
        handle, rest = handle_path(version, self._names), fact.name.partition(".")[2]
        path = f"{handle or 'logging.getLogger'}.{rest}"
        if fact.kind == "call" and (handle or rest in LOGGING_METHODS) and is_setting(path):
            slot = slot_of(path)
            self._set(actor, slot, path, slot.module if slot else "", fact)
        return bool(handle)

    def assign_handle(self, actor: Actor, version: Version, fact: Fact) -> bool:
        """A variable is changed in place; whether it stands for state of the process, so that only that is set."""
        handle = handle_path(version, self._names)
        if not handle:
            return False
        rest = "".join(f".{part}" for part in fact.target.split(".")[1:])
        how = fact.how.removeprefix("del ").removesuffix(" =")
        path = f"{handle}{rest}{how if how.startswith('.') else ''}"
        if not how.endswith("()") and (slot := assigned_slot(path)):
            self._set(actor, slot, path, slot.module, fact)
        return True

    def mention(self, actor: Actor, version: Version, fact: Fact) -> None:
        """Something is read that is not called here, but may be by whoever is given it."""
        imported = version.value.imported
        if imported is None or fact.called or fact.how == "call":
            return
        path = f"{imported.path}{fact.target[len(fact.name) :]}"
        if touches_state(path):
            self.call(actor, path, Fact(kind="call", name=fact.name, place=fact.place, conditional=True))

    def method_of_unknown(self, actor: Actor, method: str, fact: Fact) -> None:
        """A function of the notebook calls a method of an object of which nothing is known."""
        if method in LOGGING_METHODS:
            unknown = Fact(kind="call", name=fact.name, place=fact.place, conditional=True, in_function=True)
            self.call(actor, f"logging.getLogger.{method}", unknown)
        else:
            self.drawn_by_method(actor, method, fact, None)

    def magic(self, actor: Actor, fact: Fact) -> None:
        """A magic is run."""
        magic, _, text = fact.how.partition(" ")
        found = magic_setting(magic, text)
        if found is None or (magic == "matplotlib" and not self._chooses_backend(text.strip())):
            return
        slot = _SLOTS.get(found.slot)
        source = "" if fact.conditional else found.source
        setting = Setting(actor.owner, slot, f"%{magic}", fact.place, source, found.module)
        self._keep(actor, setting)

    def _chooses_backend(self, backend: str) -> bool:
        """Whether a magic for plots changes anything: they are drawn inline unless something else was asked for."""
        self._other_backend = self._other_backend or backend not in {"", "inline"}
        return self._other_backend

    def future(self, actor: Actor, fact: Fact) -> None:
        """``from __future__ import``: IPython keeps to it in all cells below."""
        self._made.add(
            actor,
            Setting(actor.owner, None, "__future__", fact.place, f"from __future__ import {fact.how}", plain=True),
        )

    def _set(self, actor: Actor, slot: Slot | None, path: str, module: str, fact: Fact) -> None:
        if slot is not None and slot.restored_by & fact.within:
            return
        follows = slot is not None and slot.follows
        repeated = repeated_setting(fact.statement, self._names) if fact.statement is not None and not follows else None
        if repeated is None:
            source = ""
        elif not module and slot is not None and slot.shows_only and repeated.libraries:
            source, module = repeated.source, repeated.libraries[0]
        else:
            source = repeated.source
        by_name = slot is None and fact.kind == "change" and not any(part[:1].isupper() for part in path.split("."))
        self._keep(actor, Setting(actor.owner, slot, path, fact.place, source, module, by_name=by_name))

    def _keep(self, actor: Actor, setting: Setting) -> None:
        slot = setting.slot
        if actor.is_setup:
            known = self._names.get(slot.variable) if slot is not None else None
            maker = known.owner if known is not None else SETUP
            self._made.in_setup(actor, slot, setting.path, setting.place, after=maker)
        elif slot is not None and (not setting.source or slot.variable in self._carried):
            self._change(actor, slot, setting.place)
        else:
            self._made.add(actor, setting)

    def _change(self, actor: Actor, slot: Slot, place: Place) -> None:
        """The state of a slot at the end of the step is handed on."""
        self._made.foresee(actor, slot)
        version = self._names.get(slot.variable)
        self._carried[slot.variable] = slot
        if version is None:
            self._names.bind(actor, slot.variable, place, OPAQUE, conditional=False)
            return
        self._look(actor, slot.variable, place)
        self._names.change(actor, version, place, how="a setting", value=OPAQUE, conditional=False)
