"""The notebook's namespace while its cells are read: the version of each name, and how versions come about."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

import msgspec

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.call_results import instance_classes, result_roots
from jupyter_kfp.dataflow.call_summaries import CallSummaries, called_parameters, passed
from jupyter_kfp.dataflow.expressions import dotted_name, gives_current_figure, makes_figure
from jupyter_kfp.dataflow.facts import Body, CallResult, Fact, Imported, Place, Use, Value
from jupyter_kfp.dataflow.handing_on import HeldPair, gather
from jupyter_kfp.dataflow.held_objects import kept_by_method, kept_roots
from jupyter_kfp.dataflow.living_values import keeps_state, merged, parameter_names, uses_of
from jupyter_kfp.dataflow.own_methods import NEW, OwnMethods, bases, called_version
from jupyter_kfp.dataflow.process_state import is_state, stands_for_state
from jupyter_kfp.dataflow.sharing import Sharing
from jupyter_kfp.dataflow.versions import Replay, Version, VersionKind

_NO_BODY = Body(kind="function")


class Namespace:
    """Binds, changes and unbinds names on behalf of actors.

    Attributes
    ----------
    now:
        Version of each name at the current place.
    own:
        Methods of the notebook's classes.
    summaries:
        What functions and methods do to what they are given.
    is_state:
        Whether what a path refers to is state that each process has, so that another name for it is made again.
    given_by_call:
        Path of the data of a module that calling a path always returns; empty if there is none.
    is_stale:
        Whether importing a path again would give something else than it gave when it was imported.
    held_pairs:
        Holders that a step changes, each with what it may hold.
    tells_subclasses:
        The notebook asks classes for those that are derived from them.
    moves:
        Counts what happened, so that others can tell whether anything did.

    """

    def __init__(self, steps: Sequence[Actor]) -> None:
        self._steps = steps
        self._sharing = Sharing()
        self.is_state: Callable[[str], bool] = stands_for_state
        self.is_stale: Callable[[str], bool] = lambda _: False
        self.given_by_call: Callable[[str], str] = lambda _: ""
        self.now: dict[str, Version] = {}
        self.own = OwnMethods()
        self.summaries = CallSummaries(self.own)
        self.tells_subclasses = False
        self.held_pairs: list[HeldPair] = []
        self.moves = 0

    def get(self, name: str) -> Version | None:
        """Version of a name that has a value, perhaps; None if it is unbound for certain."""
        version = self.now.get(name)
        return None if version is None or (version.kind == "delete" and not version.conditional) else version

    def import_path(self, name: str) -> str:
        """Dotted path, from its module, of what a dotted name refers to; empty if it was not imported."""
        first, _, rest = name.partition(".")
        version = self.now.get(first)
        if version is None or version.value.imported is None:
            return ""
        return f"{version.value.imported.path}.{rest}" if rest else version.value.imported.path

    def _as_import(self, name: str, value: Value) -> Value:
        """Another name for state of the process means the same in each step, which therefore makes it again."""
        given = self._given_data(value)
        if given:
            module, _, data = given.rpartition(".")
            statement = f"{name} = __import__('importlib').import_module({module!r}).{data}"
            return Value(imported=Imported(path=given, statement=statement, root=given.partition(".")[0]))
        dotted = dotted_name(value.expression) if value.expression is not None else None
        path = self.import_path(dotted) if dotted and value.imported is None else ""
        if value.imported is not None and self.is_stale(value.imported.path):
            return Value()  # a value as any other, since importing it again would not give it
        if not dotted or not path or not self.is_state(path) or self.is_stale(path):
            return value
        imported = self.now[dotted.partition(".")[0]].value.imported
        assert imported is not None
        again = Imported(path=path, statement=f"{imported.statement}\n{name} = {dotted}", root=imported.root)
        return Value(imported=again)

    def _given_data(self, value: Value) -> str:
        """Path of data of a module that a call always returns."""
        dotted = dotted_name(value.expression.func) if isinstance(value.expression, ast.Call) else None
        path = self.import_path(dotted) if dotted else ""
        return self.given_by_call(path) if path else ""

    def partners(self, name: str) -> list[str]:
        """Names that may share an object with this one."""
        return self._sharing.partners(name)

    def replace(self, version: Version) -> None:
        """Give a name a version that nobody in the notebook makes."""
        self.now[version.name] = version
        self._sharing.forget(version.name)
        self.moves += 1

    def bind_together(self, actor: Actor, facts: list[Fact]) -> None:
        """Bind the names of one assignment; all values were computed before the first name is bound."""
        prepared = []
        for given in facts:
            fact = msgspec.structs.replace(given, value=self._as_import(given.name, given.value))
            figures = self._figures_in(actor, fact.value)
            classes = instance_classes(fact.value, self.now)
            shares = fact.value.shares | figures | self._identity_keys(fact.value) | self._held(fact.value, classes)
            reachable = self._sharing.reachable(shares)
            kept = self._kept(kept_roots(fact.value.expression, self.now, self.import_path)) if not figures else set()
            kept |= self._sharing.held(reachable)
            is_figure = bool(figures) or makes_figure(fact.value.expression) or self._holds_figure(fact.value.shares)
            prepared.append((fact, uses_of(fact.value, self.now), reachable, is_figure, classes, kept))
        bound = {fact.name: reachable for fact, _, reachable, *_ in prepared if not fact.conditional}
        for fact, uses, reachable, is_figure, classes, kept in prepared:
            self.bind(actor, fact.name, fact.place, fact.value, conditional=fact.conditional, uses=uses)
            version = self.now[fact.name]
            version.is_figure = (is_figure and not version.is_immutable) or (
                version.previous is not None and version.previous.is_figure
            )
            if not version.is_immutable:
                version.classes |= classes
                version.changes_on_use |= any(self.body_of(name).changes_on_use for name in classes)
                version.is_identity |= any(self.body_of(name).is_identity for name in classes)
                # What the names of this assignment stood for before is not what they stand for now.
                alike = {name for name, others in bound.items() if others & reachable}
                self._share(fact.name, (reachable - bound.keys()) | alike)
                self._sharing.hold(fact.name, set() if version.is_figure else kept - bound.keys())
            if self.tells_subclasses:
                self._derive(actor, fact)

    def _kept(self, roots: Iterable[str]) -> set[str]:
        """Names of objects that can be changed, among those that unknown code was given, and what they hold."""
        known = {name: self.get(name) for name in roots}
        found = {name for name, version in known.items() if version and not (version.is_import or version.is_immutable)}
        reachable = self._sharing.reachable(name for name in found if not is_state(name))
        return reachable | self._sharing.held(reachable)

    def _derive(self, actor: Actor, fact: Fact) -> None:
        """A class tells of those that are derived from it."""
        body = self.body_of(fact.name)
        above = bases(fact.name, self.now) if body.kind == "class" else set()
        for version in [self.now[name] for name in sorted(above)]:
            actor.require(version, fact.place)
            self.change(actor, version, fact.place, how="a class derived from it", value=fact.value, conditional=True)

    def _identity_keys(self, value: Value) -> set[str]:
        """Objects in the keys of a dictionary that are found there only as the ones that they are."""
        return {name for name in value.keys if name in self.now and self.now[name].is_identity}

    def _held(self, value: Value, classes: Iterable[str]) -> set[str]:
        """What a value may share objects with by what the notebook's functions and classes are."""
        found = result_roots(value.results, self.now, self.own)
        found |= {holder for call in value.results for holder, name in self.stored_by(call) if name == NEW}
        found |= set(classes) if any(self.body_of(name).has_state for name in classes) else set()
        callees = {called_version(result.function, self.now) for result in value.results} if value.siblings else set()
        if any(one and one.body and (one.body.makes_stateful or one.body.parts_share) for one in callees):
            found |= value.siblings
        return found

    def body_of(self, name: str) -> Body:
        """Function or class that a name stands for; one that does nothing if it is none."""
        version = self.now.get(name)
        return (version.body if version is not None else None) or _NO_BODY

    def changed_by(self, call: CallResult, deep: bool = True) -> set[str]:
        """Names whose object a call changes, of those that it passes on; `deep` with functions that are passed."""
        found: set[str] = set()
        for called in self.own.called(call, self.now):
            changed = self.summaries.of(called.body, self.now).changed
            found |= {name for parameter, name in passed(called) if parameter in changed}
            for inner in called_parameters(called) if deep else ():
                found |= self.changed_by(inner, deep=False)
        return found

    def stored_by(self, call: CallResult) -> set[tuple[str, str]]:
        """Names into whose object a call puts what it is given, each with the name of that; `NEW` if it has none."""
        found: set[tuple[str, str]] = set()
        for called in self.own.called(call, self.now):
            local, given = parameter_names(called.body), list(passed(called))
            for holder, stored in self.summaries.of(called.body, self.now).stored:
                holders = {name for parameter, name in given if parameter == holder} if holder in local else {holder}
                names = {name for parameter, name in given if parameter == stored} if stored in local else {stored}
                found |= {(one, name) for one in holders for name in names or {NEW}}
        return found

    def result_roots(self, result: CallResult) -> list[str]:
        """Names whose object a call may have returned, or a part of it."""
        return sorted(result_roots([result], self.now, self.own))

    def _figures_in(self, actor: Actor, value: Value) -> frozenset[str]:
        """Figures that a value may belong to: those that its expression names, or all if it asks for the last one."""
        found = {name for name, _ in value.references if self._holds_figure([name])}
        if gives_current_figure(value.expression):
            found |= {name for name, version in self.now.items() if version.is_figure and version.owner == actor.owner}
        return frozenset(found)

    def _holds_figure(self, names: Iterable[str]) -> bool:
        return any(name in self.now and self.now[name].is_figure for name in names)

    def bind(
        self,
        actor: Actor,
        name: str,
        place: Place,
        value: Value,
        *,
        conditional: bool,
        uses: tuple[Use, ...] = (),
    ) -> None:
        """Bind a name. `uses` are those of the value's functions, if they are known already."""
        previous = self.now.get(name)
        kept = previous if conditional else None
        if conditional and not actor.is_setup and value.imported is not None:
            value = Value()  # importing it again elsewhere would not ask for the condition
        if kept is not None:
            uses = tuple(use.perhaps for use in merged(kept.uses, uses))  # of two functions one is called
        else:
            self._sharing.forget(name)
        version = Version(
            name=name, owner=actor.owner, place=place, conditional=conditional, previous=kept, value=value, uses=uses
        )
        if kept is not None:
            version.classes, version.is_identity = kept.classes, kept.is_identity
            version.changes_on_use = kept.changes_on_use
        version.keeps_state = keeps_state(value, self.now, self.own.changes) or (kept is not None and kept.keeps_state)
        self._add_import(actor, version, previous)
        if actor.is_setup:
            version.setup_cells |= {actor.cells[-1]} | (kept.setup_cells if kept else frozenset())
        for body in value.bodies:
            self.own.learn(body)
        if value.bodies or value.imported or (previous and (previous.body or previous.is_import)):
            self.summaries.forget()
        self._put(actor, version)

    def _add_import(self, actor: Actor, version: Version, previous: Version | None) -> None:
        imported = version.value.imported
        if imported is None:
            return
        if not actor.is_setup:
            replay = Replay(version.place.cell, version.place.line, imported.statement, imported.root)
            version.replays = (replay,)
        if previous and previous.value.imported and previous.value.imported.root == imported.root:
            # "import a.b" after "import a.c": both submodules are there.
            version.replays = (*previous.replays, *version.replays)
            version.setup_cells |= previous.setup_cells

    def _put(self, actor: Actor, version: Version) -> None:
        self.now[version.name] = version
        actor.writes[version.name] = version
        if version.kind == "delete":
            actor.has.pop(version.name, None)
        elif not version.conditional and version.kind != "shared":
            actor.has[version.name] = version
        self.moves += 1

    def settle(self, actor: Actor, fact: Fact) -> None:
        """All paths have bound the name."""
        version = self.now.get(fact.name)
        if version is None or version.owner != actor.owner or not version.conditional:
            return
        settled = Version(
            name=fact.name,
            owner=actor.owner,
            place=version.place,
            value=Value(expression=version.value.expression, annotation=version.value.annotation),
            uses=version.uses,
            is_figure=version.is_figure,
            classes=version.classes,
            changes_on_use=version.changes_on_use,
            is_identity=version.is_identity,
            setup_cells=version.setup_cells,
        )
        self._put(actor, settled)

    def unbind(self, actor: Actor, name: str, place: Place, *, conditional: bool) -> None:
        """Take the value of a name away, on some paths at least."""
        previous = self.now.get(name) if conditional else None
        if previous is None:
            self._sharing.forget(name)
        version = Version(
            name=name,
            owner=actor.owner,
            place=place,
            kind="delete",
            conditional=conditional,
            previous=previous,
            uses=previous.uses if previous else (),
        )
        if actor.is_setup:
            version.setup_cells = frozenset({actor.cells[-1]}) | (previous.setup_cells if previous else frozenset())
        self._put(actor, version)

    def change(
        self, actor: Actor, version: Version, place: Place, *, how: str, value: Value, conditional: bool
    ) -> None:
        """Change the object of a name in place, and with it whatever may share it; `value` is what is put into it."""
        name = version.name
        self._refuse_cached(actor, version, place, how)
        partners = self._sharing.partners(name)
        holders = self._sharing.holders([name, *partners])
        shared = [self.now[other] for other in [*partners, *holders] if other in self.now]
        shared = [other for other in shared if other.kind != "delete" and not other.is_import]
        for changed in (version, *shared):
            self._note_held(actor, changed, place)
        gathered = gather(actor, [version, *shared], self._steps)
        uses = merged(version.uses, uses_of(value, self.now))
        self._put_change(actor, gathered.get(version, version), place, "change", uses, conditional)
        for changed in (version, *shared):
            actor.changes.setdefault(changed.name, []).append(changed)
        for other in shared:
            self._put_change(actor, gathered.get(other, other), place, "shared", other.uses, conditional)
            self.now[other.name].by_holding = other.name in holders
            actor.companions.setdefault(other.name, frozenset(self._sharing.partners(other.name)))
        kept = self._sharing.reachable(value.shares | self._identity_keys(value))
        for holder in [name, *self._sharing.partners(name)] if kept else []:
            self._share(holder, kept)
        if not (version.is_figure or version.is_consumable or is_state(name)):
            held = self._kept(kept_by_method(how, value.references)) - {name, *partners}
            for holder in [name, *partners]:
                self._sharing.hold(holder, held)

    def _note_held(self, actor: Actor, version: Version, place: Place) -> None:
        if actor.is_setup or version.owner < 0 or version.owner == actor.owner:
            return
        for name in sorted(self._sharing.held([version.name])):
            other = self.now[name]
            if other.owner >= 0 and other.owner not in {actor.owner, version.owner}:
                self.held_pairs.append(HeldPair(actor=actor, holder=version, held=other, place=place))

    def _refuse_cached(self, actor: Actor, version: Version, place: Place, how: str) -> None:
        """What a function with a cache has kept cannot be handed on, so nobody else would see the change."""
        definition = version.definition
        if definition is not None and definition.owner != actor.owner and definition.body and definition.body.is_cached:
            actor.changed_definitions[version.name] = (definition, place, how)

    def _put_change(
        self, actor: Actor, version: Version, place: Place, kind: VersionKind, uses: tuple[Use, ...], conditional: bool
    ) -> None:
        value = Value(
            expression=version.value.expression, annotation=version.value.annotation, bodies=version.value.bodies
        )
        changed = Version(
            name=version.name,
            owner=actor.owner,
            place=place,
            kind=kind,
            conditional=conditional,
            previous=version,
            value=value,
            uses=uses,
            keeps_state=version.keeps_state,
            is_figure=version.is_figure,
            classes=version.classes,
            changes_on_use=version.changes_on_use,
            is_identity=version.is_identity,
        )
        if actor.is_setup:
            changed.setup_cells = version.setup_cells | {actor.cells[-1]}
        self._put(actor, changed)

    def _share(self, name: str, others: Iterable[str]) -> None:
        known = {other: self.now.get(other) for other in others if other != name}
        self._sharing.add(name, {other for other, version in known.items() if version and not version.is_immutable})
