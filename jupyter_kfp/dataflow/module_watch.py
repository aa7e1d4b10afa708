"""Follows what a notebook does with its user's own modules: their data, their functions, what loading them does.

A notebook loads a module once; each step of a pipeline loads it anew. Data of a module that changes is therefore a
variable of the notebook under a hidden name, one for each module, made by the steps that change it and given to those
that use what was changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import OPAQUE, Fact, Imported, Place, Use, Value
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.living_values import parameters_at
from jupyter_kfp.dataflow.module_effects import ModuleEffects, Target
from jupyter_kfp.dataflow.module_state import module_of, module_variable
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.process_state import slot_of, stands_for_state
from jupyter_kfp.dataflow.process_watch import ProcessWatch
from jupyter_kfp.dataflow.versions import SETUP, Replay, Version
from jupyter_kfp.notebook.diagnostic import Severity

OUTSIDE = frozenset({"method", "library call", "library set", "module read", "module change"})
"""Kinds of uses that are of no name of the notebook."""
_RELOADING = frozenset({"importlib.reload", "imp.reload", "IPython.lib.deepreload.reload"})
Require = Callable[[Actor, Version, Place], None]
Change = Callable[[Actor, Fact, str, str], None]


class ModuleWatch:
    """One for each trace."""

    def __init__(
        self,
        names: Namespace,
        effects: ModuleEffects,
        process: ProcessWatch,
        findings: Findings,
        require: Require,
    ) -> None:
        self._names = names
        self._findings = findings
        self._effects = effects
        self._process = process
        self._require = require
        self._changed: dict[str, set[str]] = {}
        """By hidden variable: data of the module that was changed so far."""
        self._rebound: set[tuple[str, str]] = set()
        """Module and name of data that was bound to something else since the module was loaded."""
        self._loaded: dict[str, tuple[int, Place]] = {}
        """Modules, with who loads them first, and where."""
        names.is_state = lambda path: stands_for_state(path) or effects.is_changeable(path)
        names.given_by_call = self._given_by_call
        names.is_stale = self._is_stale

    @property
    def carried(self) -> dict[str, list[str]]:
        """By module: data that travels."""
        return {module_of(variable): sorted(names) for variable, names in sorted(self._changed.items())}

    def _is_stale(self, path: str) -> bool:
        """Whether importing a name again, in another process, would not give what it gives here."""
        target = self._effects.resolve(path)
        if target is None or not target.name:
            return False
        return (target.module, target.name) in self._rebound or self._effects.is_fresh(target.module, target.name)

    def _given_by_call(self, path: str) -> str:
        """Path of the data that a call of a function always returns; empty if it is not known."""
        given = self._effects.given(path)
        found = f"{given.module}.{given.name}" if given is not None and not given.rest else ""
        return found if found and self._effects.is_changeable(found) else ""

    # --- what happens to names

    def bound(self, actor: Actor, name: str, fact: Fact) -> None:
        """A name was bound: to a module, perhaps, or to something in one."""
        version = self._names.now[name]
        imported = version.value.imported or fact.value.imported
        target = self._effects.resolve(imported.path) if imported is not None else None
        if imported is None or target is None:
            return
        if version.value.imported is None:  # a value as any other: see `Namespace.is_stale`
            self._load(actor, target.module, fact)
            self._follow(actor, self._effects.uses(imported.path), fact)
            self._warn_of_fresh(actor, name, target, fact.place)
            return
        version.uses = self._effects.uses(imported.path)
        version.uses_of_part = lambda rest: self._effects.uses(f"{imported.path}.{rest}")
        for body in self._effects.classes_of(target.module):
            self._names.own.learn(body)
        self._load(actor, target.module, fact)

    def _warn_of_fresh(self, actor: Actor, name: str, target: Target, place: Place) -> None:
        if actor.is_setup and self._effects.is_fresh(target.module, target.name):
            message = f"“{name}” of module “{target.module}” is another value in each step, because setup is replayed"
            hint = f"import the module, and write {target.module}.{target.name}: of that all steps have one value"
            self._findings.add("KFP153", Severity.WARNING, place, message, hint=hint, variable=name)

    def _load(self, actor: Actor, module: str, fact: Fact) -> None:
        uses = self._effects.on_import(module)
        if module not in self._loaded:
            self._loaded[module] = (actor.owner, fact.place)
            self._follow(actor, uses, fact)
            return
        owner, place = self._loaded[module]
        if not uses or owner == actor.owner or actor.is_setup:
            return
        # In the notebook it is there already; here it has to be loaded before the values of other steps are.
        if owner == SETUP:
            actor.setup_cells.add(place.cell)
        else:
            root = module.partition(".")[0]
            actor.replays.add(Replay(place.cell, place.line, f"__import__({module!r})", root))

    def read(self, actor: Actor, version: Version, fact: Fact) -> None:
        """A name is read; what it stands for may use libraries whose settings matter."""
        imported = version.value.imported
        if imported is None:
            return
        target = self._effects.resolve(f"{imported.path}{fact.target[len(fact.name) :]}")
        if target is None:
            return
        for root in self._effects.libraries(target.module):
            self._process.read(actor, _library(root, actor, fact.place), fact.place)
        if fact.target and fact.how != "call":  # a call has a fact of its own
            self._follow(actor, self._effects.uses(f"{imported.path}{fact.target[len(fact.name) :]}"), fact, maybe=True)

    def call(self, actor: Actor, path: str, fact: Fact, change: Change) -> bool:
        """Something is called; whether it is one of the user's own functions, or a method of a module's data."""
        if path in _RELOADING:
            self._reload(actor, fact)
        target = self._effects.resolve(path)
        if target is None:
            return False
        self._follow(actor, self._effects.called(path), fact, maybe=fact.conditional)
        body = self._effects.function(path)
        changed = self._effects.changed_parameters(path)
        for where, root in fact.arguments:
            given = self._names.get(root)
            if body and given and (given.is_figure or changed.intersection(parameters_at(body, where))):
                change(actor, fact, root, f"{fact.name}()")
        return True

    def _reload(self, actor: Actor, fact: Fact) -> None:
        """A module is loaded again: its data is what it was at first, whatever it was before."""
        for _, root in fact.arguments:
            target = self._effects.resolve(self._names.import_path(root))
            if target is not None and not target.name:
                self._follow(actor, self._effects.on_import(target.module), fact)
                for data in sorted(self._changed.get(module_variable(target.module), ())):
                    self._change(actor, module_variable(target.module), data, fact.place, OPAQUE)

    def change_result(self, actor: Actor, path: str, fact: Fact) -> None:
        """What a call returned is changed: perhaps it is data of a module."""
        given = self._effects.given(path)
        if given is not None:
            self._change(actor, module_variable(given.module), given.name, fact.place, fact.value)

    def assign(self, actor: Actor, version: Version, fact: Fact) -> bool:
        """An attribute of a module, or a part of its data, is set; False if it is none of the user's own."""
        imported = version.value.imported
        target = self._effects.resolve(imported.path) if imported is not None else None
        if imported is None or target is None:
            return False
        holder = f"{imported.path}{fact.target[len(fact.name) :]}" if fact.target else imported.path
        attribute = fact.how.removeprefix("del ").removesuffix(" =")
        place = self._effects.resolve(holder)
        if place is not None and not place.name and attribute.startswith("."):
            place = Target(place.module, attribute[1:])
            self._rebound.add((place.module, place.name))
        if place is not None and place.name:
            self._change(actor, module_variable(place.module), place.name, fact.place, fact.value)
        return True

    # --- what functions do

    def use(self, actor: Actor, use: Use, fact: Fact, *, certain: bool) -> None:
        """Something that one of the user's own functions does, when it is called here."""
        match use.kind:
            case "library call" if self._effects.resolve(use.name) is not None:  # imported inside the function
                self._follow(actor, self._effects.called(use.name), fact, maybe=not certain)
            case "library call":
                inner = self._inner_fact(use, fact, certain=certain, kind="call")
                self._process.call(actor, use.name, inner)
            case "library set":
                self._set_in_library(actor, use, fact, certain=certain)
            case "method":
                self._process.method_of_unknown(actor, use.name, fact)
            case "module read":
                version = self._names.get(use.name)
                if version is not None and use.target in self._changed.get(use.name, ()):
                    self._require(actor, version, fact.place)
                elif not actor.is_setup and self._effects.is_fresh(module_of(use.name), use.target):
                    self._change(actor, use.name, use.target, fact.place, OPAQUE)  # the first step decides
            case "module change":
                if use.how == "rebound":
                    self._rebound.add((module_of(use.name), use.target))
                self._change(actor, use.name, use.target, fact.place, fact.value)

    def _follow(self, actor: Actor, uses: Iterable[Use], fact: Fact, *, maybe: bool = False) -> None:
        for use in uses:
            self.use(actor, use, fact, certain=not (maybe or use.conditional or fact.conditional))

    def _inner_fact(self, use: Use, fact: Fact, *, certain: bool, kind: str) -> Fact:
        # A setting that no slot holds can be made again if the statement that makes it is nothing but this call.
        again = certain and kind == "call" and slot_of(use.name) is None and isinstance(fact.statement, ast.Expr)
        return Fact(
            kind="call" if kind == "call" else "change",
            name=fact.name,
            place=fact.place,
            conditional=not certain,
            keywords=use.keywords,
            within=use.within | fact.within,
            statement=fact.statement if again else None,
            in_function=True,
        )

    def _set_in_library(self, actor: Actor, use: Use, fact: Fact, *, certain: bool) -> None:
        holder, how = use.name, use.how
        if not how:
            holder, _, attribute = use.name.rpartition(".")
            how = f".{attribute} ="
        inner = self._inner_fact(use, fact, certain=certain, kind="change")
        root = holder.partition(".")[0]
        inner = Fact(
            kind="change",
            name=root,
            place=inner.place,
            conditional=inner.conditional,
            within=inner.within,
            in_function=True,
            target=holder,
            how=how,
        )
        self._process.assign(actor, _library(root, actor, fact.place), inner)

    def _change(self, actor: Actor, variable: str, data: str, place: Place, value: Value) -> None:
        self._changed.setdefault(variable, set()).add(data)
        version = self._names.get(variable)
        if version is None:
            self._names.bind(actor, variable, place, OPAQUE, conditional=False)
            version = self._names.now[variable]
        else:
            self._require(actor, version, place)
        if version.owner != actor.owner or value.shares or value.references:
            self._names.change(actor, version, place, how="a call", value=value, conditional=False)


def _library(root: str, actor: Actor, place: Place) -> Version:
    imported = Imported(path=root, statement=f"import {root}", root=root)
    return Version(name=root, owner=actor.owner, place=place, value=Value(imported=imported))
