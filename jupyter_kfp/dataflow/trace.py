"""Follow the notebook from top to bottom: which version of each variable does every read take, and who makes it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

import msgspec

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import OPAQUE, Body, Fact, Imported, Place, Use, Value
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.python_names import is_history, is_provided
from jupyter_kfp.dataflow.sharing import Sharing
from jupyter_kfp.dataflow.versions import PARAMETERS, SETUP, Replay, Version, VersionKind
from jupyter_kfp.notebook.diagnostic import Severity


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


class Tracer:
    """The state of the namespace while the notebook is read; `run`, then look at `steps` and `setup`."""

    def __init__(self, context: Context, findings: Findings) -> None:
        self._context = context
        self._findings = findings
        self._now: dict[str, Version] = {name: self._parameter(name) for name in context.parameters}
        self._sharing = Sharing()
        self._methods: dict[str, bool] = {}
        """Methods of the notebook's classes, and whether they change their instance."""
        self._moves = 0
        """Counts changes of `_now`."""
        self._star_unresolved = False
        self.steps = [Actor(owner=owner, name=name) for owner, name in enumerate(context.step_names)]
        self.setup: dict[int, Actor] = {}

    def run(self, cells: Iterable[TracedCell]) -> None:
        """Trace all cells, in the order of the notebook."""
        for cell in cells:
            if cell.owner == PARAMETERS:
                self._enter_parameters()
                continue
            actor = self._actor(cell)
            actor.cells.append(cell.number)
            if len(actor.cells) == 1 and not actor.is_setup:
                self._declare_changes(actor, cell.number)
            self._run_cell(actor, cell)

    def _actor(self, cell: TracedCell) -> Actor:
        if cell.owner != SETUP:
            return self.steps[cell.owner]
        return self.setup.setdefault(cell.number, Actor(owner=SETUP))

    def _enter_parameters(self) -> None:
        for name in self._context.parameters:
            known = self._now.get(name)
            if known is None or known.owner != PARAMETERS:
                self._now[name] = self._parameter(name)
                self._sharing.forget(name)
                self._moves += 1

    def _parameter(self, name: str) -> Version:
        place = self._context.parameters[name]
        return Version(name=name, owner=PARAMETERS, place=place, is_scalar=name in self._context.scalars)

    def _declare_changes(self, actor: Actor, cell: int) -> None:
        for name in self._context.mutates.get(actor.owner, ()):
            if name in self._now:
                self._change(actor, name, Place(cell, 1, 1), how="kfp.mutates", value=OPAQUE, conditional=False)

    def _run_cell(self, actor: Actor, cell: TracedCell) -> None:
        together: list[Fact] = []
        for fact in cell.facts:
            actor.touched.setdefault(fact.name, cell.number)
            if fact.kind == "bind":
                together.append(fact)
                if not fact.together:
                    self._bind_together(actor, together)
                    together = []
            else:
                self._take_fact(actor, fact)

    def _take_fact(self, actor: Actor, fact: Fact) -> None:
        match fact.kind:
            case "read":
                self._read(actor, fact)
            case "settle":
                self._settle(actor, fact)
            case "delete":
                self._delete(actor, fact)
            case "change":
                self._change_by(actor, fact, fact.name, fact.how)
            case "method":
                self._call_method(actor, fact)
            case "consume":
                self._consume(actor, fact, fact.name, "by using it")
            case "call":
                self._call(actor, fact)
            case "star":
                self._import_star(actor, fact)
            case "dynamic":
                actor.dynamic = True
                message = f"{fact.name} runs code that is known only at run time: its variables are not seen"
                hint = "name the variables that it needs in the cell, e.g. in a tuple on a line of its own"
                self._findings.add("KFP136", Severity.WARNING, fact.place, message, hint=hint)

    def _share(self, name: str, others: Iterable[str]) -> None:
        known = {other: self._now.get(other) for other in others if other != name}
        self._sharing.add(name, {other for other, version in known.items() if version and not version.is_immutable})

    # --- reading

    def _read(self, actor: Actor, fact: Fact) -> None:
        version = self._now.get(fact.name)
        if version is None or (version.kind == "delete" and not version.conditional):
            self._undefined(actor, fact, fact.name, version, certain=not (fact.conditional or fact.caught), via=None)
            return
        if not fact.bound:
            self._require(actor, version, fact.place, certain=not fact.conditional)
        certain = fact.called and not (fact.conditional or fact.caught)
        self._follow(actor, version, fact, {}, certain=certain)

    def _require(
        self, actor: Actor, version: Version, place: Place, via: Use | None = None, *, certain: bool = True
    ) -> None:
        """The actor has to have this version at this point."""
        if actor.is_setup and version.owner >= 0 and not version.replays:
            if via is None or certain:
                step = self._context.step_names[version.owner]
                self._findings.setup_reads_step(version.name, place, step, version.place)
            return
        actor.require(version, place, via)
        if version.name in actor.taken:
            actor.companions.setdefault(version.name, frozenset(self._sharing.partners(version.name)))

    def _follow(
        self, actor: Actor, version: Version, fact: Fact, seen: dict[tuple[str, str], bool], *, certain: bool
    ) -> None:
        """A function (or an instance) is used: what it does to names when called may happen now."""
        key = (id(version), certain)
        if not version.uses or actor.followed.get(key) == self._moves:
            return
        actor.followed[key] = self._moves
        for use in version.uses:
            if (use.kind, use.name) in seen:
                continue
            seen[use.kind, use.name] = True
            self._follow_use(actor, use, fact, seen, certain=certain and not use.conditional)

    def _follow_use(
        self, actor: Actor, use: Use, fact: Fact, seen: dict[tuple[str, str], bool], *, certain: bool
    ) -> None:
        version = self._now.get(use.name)
        if use.kind == "write":
            self._bind(actor, use.name, fact.place, OPAQUE, conditional=not certain)
        elif version is None or (version.kind == "delete" and not version.conditional):
            self._undefined(actor, fact, use.name, version, certain=certain, via=use)
        elif use.kind == "change":
            how = f"in the function of cell {use.place.cell}, line {use.place.line}"
            self._change(actor, use.name, fact.place, how=how, value=OPAQUE, conditional=True, via=use)
        elif use.kind == "delete":
            self._unbind(actor, use.name, fact.place, conditional=True)
        else:
            self._require(actor, version, fact.place, via=use, certain=certain)
            self._follow(actor, version, fact, seen, certain=certain and use.called)

    def _undefined(
        self, actor: Actor, fact: Fact, name: str, version: Version | None, *, certain: bool, via: Use | None
    ) -> None:
        if version is None and is_history(name):
            self._history(fact, name, actor)
        elif (
            (version is None and (is_provided(name) or self._star_unresolved))
            or (fact.caught and via is None)
            or (actor.is_setup and via is not None)
        ):
            return
        else:
            self._findings.undefined(
                name,
                fact.place,
                certain=certain,
                via=via,
                deleted_in=version.place if version else None,
                definitions=self._context.definitions,
                skipped=self._context.skipped,
            )

    def _history(self, fact: Fact, name: str, actor: Actor) -> None:
        if name == "_" and len(actor.cells) > 1 and not fact.conditional:
            return  # the result of a cell of the same step is there
        message = f"“{name}” is what IPython keeps of earlier cells; a step runs in a kernel of its own"
        self._findings.add(
            "KFP138", Severity.ERROR, fact.place, message, hint="give the value a name where it is made", variable=name
        )

    # --- binding

    def _bind_together(self, actor: Actor, facts: list[Fact]) -> None:
        """Bind the names of one assignment; all values were computed before the first name is bound."""
        prepared = [(fact, self._uses_of(fact.value), self._sharing.reachable(fact.value.shares)) for fact in facts]
        for fact, uses, reachable in prepared:
            self._bind(actor, fact.name, fact.place, fact.value, conditional=fact.conditional, uses=uses)
            if not self._now[fact.name].is_immutable:
                self._share(fact.name, reachable)

    def _bind(
        self,
        actor: Actor,
        name: str,
        place: Place,
        value: Value,
        *,
        conditional: bool,
        uses: tuple[Use, ...] = (),
    ) -> None:
        previous = self._now.get(name)
        kept = previous if conditional else None
        if kept is not None:
            uses = _merged(kept.uses, uses)
        else:
            self._sharing.forget(name)
        version = Version(
            name=name, owner=actor.owner, place=place, conditional=conditional, previous=kept, value=value, uses=uses
        )
        version.keeps_state = self._keeps_state(value) or (kept is not None and kept.keeps_state)
        self._add_import(actor, version, previous)
        if actor.is_setup:
            version.setup_cells |= {actor.cells[-1]} | (kept.setup_cells if kept else frozenset())
        for body in value.bodies:
            for method, changes in body.methods.items():
                self._methods[method] = self._methods.get(method, False) or changes
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
        self._now[version.name] = version
        actor.writes[version.name] = version
        if version.kind == "delete":
            actor.has.pop(version.name, None)
        elif not version.conditional and version.kind != "shared":
            actor.has[version.name] = version
        self._moves += 1

    def _settle(self, actor: Actor, fact: Fact) -> None:
        version = self._now.get(fact.name)
        if version is None or version.owner != actor.owner or not version.conditional:
            return
        settled = Version(
            name=fact.name,
            owner=actor.owner,
            place=version.place,
            value=Value(expression=version.value.expression, annotation=version.value.annotation),
            uses=version.uses,
            setup_cells=version.setup_cells,
        )
        self._put(actor, settled)

    def _delete(self, actor: Actor, fact: Fact) -> None:
        version = self._now.get(fact.name)
        if version is None or (version.kind == "delete" and not version.conditional):
            if not fact.conditional:
                self._undefined(actor, fact, fact.name, version, certain=not fact.caught, via=None)
            return
        if not fact.bound:
            self._require(actor, version, fact.place)
        self._unbind(actor, fact.name, fact.place, conditional=fact.conditional)

    def _unbind(self, actor: Actor, name: str, place: Place, *, conditional: bool) -> None:
        previous = self._now.get(name) if conditional else None
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

    def _import_star(self, actor: Actor, fact: Fact) -> None:
        names = self._context.star_names(fact.name)
        if names is None:
            self._star_unresolved = True
            message = f"“from {fact.name} import *”: the module cannot be imported here, so its names are not known"
            hint = "install the module where you compile, or import the names that you use"
            self._findings.add("KFP135", Severity.WARNING, fact.place, message, hint=hint)
            return
        root = "" if fact.name.startswith(".") else fact.name.partition(".")[0]
        for name in names:
            imported = Imported(path=f"{fact.name}.{name}", statement=f"from {fact.name} import *", root=root)
            self._bind(actor, name, fact.place, Value(imported=imported), conditional=fact.conditional)

    # --- changing in place

    def _change_by(self, actor: Actor, fact: Fact, name: str, how: str) -> None:
        version = self._now.get(name)
        if version is None or (version.kind == "delete" and not version.conditional):
            if not fact.conditional and not fact.bound:
                self._undefined(actor, fact, name, version, certain=not fact.caught, via=None)
            return
        self._change(actor, name, fact.place, how=how, value=fact.value, conditional=fact.conditional, bound=fact.bound)

    def _change(
        self,
        actor: Actor,
        name: str,
        place: Place,
        *,
        how: str,
        value: Value,
        conditional: bool,
        bound: bool = False,
        via: Use | None = None,
    ) -> None:
        version = self._now[name]
        if version.is_import:
            return
        if not bound:
            self._require(actor, version, place, via=via)
        self._refuse_shared_class(actor, version, place, how)
        shared = [self._now[other] for other in self._sharing.partners(name) if other in self._now]
        shared = [other for other in shared if other.kind != "delete" and not other.is_import]
        gathered = self._gather(actor, [version, *shared])
        uses = _merged(version.uses, self._uses_of(value))
        self._put_change(actor, gathered.get(version, version), place, "change", uses, conditional)
        actor.changed.add(name)
        for other in shared:
            self._put_change(actor, gathered.get(other, other), place, "shared", other.uses, conditional)
            actor.changed.add(other.name)
        kept = self._sharing.reachable(value.shares)
        for holder in [name, *self._sharing.partners(name)] if kept else []:
            self._share(holder, kept)

    def _refuse_shared_class(self, actor: Actor, version: Version, place: Place, how: str) -> None:
        """A class that changes while instances of it travel: which of its states they would bring is not certain."""
        definition = version.definition
        if definition is None or definition.owner == actor.owner:
            return
        if definition.owner == SETUP or (
            definition.body and definition.body.kind == "class" and self._sharing.partners(version.name)
        ):
            actor.changed_definitions[version.name] = (definition, place, how)

    def _gather(self, actor: Actor, versions: list[Version]) -> dict[Version, Version]:
        """Make versions that may share an object come from one step, so that they arrive as one object.

        The step that made the last of them had them all; it hands the others on. Returns those that are handed on, each with what stands for it.
        """
        given = self._given_with(actor, [found for version in versions for found in version.before(actor.owner)])
        if len({version.owner for version in given}) <= 1:
            return {}
        last = max(given, key=lambda version: (version.owner >= 0, version.place))
        if last.owner < 0:
            return {}
        keeper = self.steps[last.owner]
        others = [version for version in given if version.owner != keeper.owner]
        gathered = self._gather(keeper, given)
        for version in others:
            handed_on = self._hand_on(keeper, gathered.get(version, version), last.place)
            actor.retake(version, handed_on)
            gathered[version] = handed_on
        return gathered

    def _hand_on(self, keeper: Actor, version: Version, place: Place) -> Version:
        known = keeper.handed_on.get(version)
        if known is None:
            known = Version(
                name=version.name,
                owner=keeper.owner,
                place=place,
                kind="shared",
                previous=version,
                value=version.value,
                uses=version.uses,
                keeps_state=version.keeps_state,
            )
            keeper.handed_on[version] = keeper.writes[version.name] = known
        return known

    def _given_with(self, actor: Actor, versions: list[Version]) -> list[Version]:
        """Add what the actor was given that might share with these, also if it has bound the names anew since."""
        found = {version.name: version for version in versions}
        progress = True
        while progress:
            progress = False
            for name, companions in actor.companions.items():
                if name not in found and companions & found.keys():
                    found[name] = actor.taken[name].version
                    progress = True
        return list(found.values())

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
        )
        if actor.is_setup:
            changed.setup_cells = version.setup_cells | {actor.cells[-1]}
        self._put(actor, changed)

    def _call_method(self, actor: Actor, fact: Fact) -> None:
        version = self._now.get(fact.name)
        if version is not None and version.is_consumable:
            changes = True
        else:
            changes = self._methods.get(fact.how, fact.discarded and not fact.spared)
        if changes:
            self._change_by(actor, fact, fact.name, f".{fact.how}()")

    def _consume(self, actor: Actor, fact: Fact, name: str, how: str) -> None:
        version = self._now.get(name)
        if version is not None and version.is_consumable:
            self._change_by(actor, fact, name, how)

    def _call(self, actor: Actor, fact: Fact) -> None:
        version = self._now.get(fact.name)
        if version is not None and version.keeps_state:
            self._change_by(actor, fact, fact.name, f"{fact.name}()")
        body = version.body if version else None
        if body is None or not body.changed_parameters:
            return
        for where, root in fact.arguments:
            parameter = where if isinstance(where, str) else _parameter(body, where)
            if parameter in body.changed_parameters and root in self._now:
                self._change_by(actor, fact, root, f"{fact.name}()")

    # --- what lives on in values

    def _keeps_state(self, value: Value) -> bool:
        """Whether calling the value would change it: a function with a state of its own, a bound method."""
        if any(body.keeps_state for body in value.bodies):
            return True
        match value.expression:
            case ast.Attribute(attr=method):
                return self._methods.get(method, False)
            case ast.Name(id=name):
                known = self._now.get(name)
                return known is not None and known.keeps_state
            case ast.Call(func=ast.Name(id=name)):
                known = self._now.get(name)
                return known is not None and known.body is not None and known.body.makes_stateful
        return False

    def _uses_of(self, value: Value) -> tuple[Use, ...]:
        """Uses of the functions, and of the classes of instances, that a value may hold."""
        found: tuple[Use, ...] = ()
        for body in value.bodies:
            found = _merged(found, body.uses)
        for name, only_called in value.references:
            version = self._now.get(name)
            if version is not None:
                found = _merged(found, self._result_uses(version, set()) if only_called else version.uses)
        return found

    def _classes(self, value: Value) -> set[str]:
        """Classes of the notebook that a value may be an instance of."""
        called = {name: self._now.get(name) for name, only_called in value.references if only_called}
        return {name for name, version in called.items() if version and version.body and version.body.kind == "class"}

    def _result_uses(self, version: Version, seen: set[str]) -> tuple[Use, ...]:
        """Uses that may live on in what a call of this value returns."""
        body = version.body
        if body is None or body.kind == "class":
            return version.uses
        seen.add(version.name)
        found = body.returned_uses
        for name in sorted(body.returned_names | body.called_names):
            inner = self._now.get(name)
            if inner is None or name in seen or not inner.uses:
                continue
            only_called = name not in body.returned_names
            found = _merged(found, self._result_uses(inner, seen) if only_called else inner.uses)
        return found


def _parameter(body: Body, position: int) -> str:
    return body.parameters[position] if position < len(body.parameters) else ""


def _merged(first: tuple[Use, ...], second: tuple[Use, ...]) -> tuple[Use, ...]:
    if not first or not second:
        return first or second
    known: dict[tuple[str, str], Use] = {}
    for use in (*first, *second):
        known.setdefault((use.kind, use.name), use)
    return tuple(known.values())
