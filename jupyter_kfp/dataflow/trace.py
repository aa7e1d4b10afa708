"""Follow the notebook from top to bottom: which version of each variable does every read take, and who makes it."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.cached_functions import CachedFunctions
from jupyter_kfp.dataflow.call_results import changed_metaclasses, runs_for_subclasses
from jupyter_kfp.dataflow.dynamic_code import DynamicCode
from jupyter_kfp.dataflow.facts import ITEM, OPAQUE, CallResult, Fact, Imported, Place, Use, Value
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.handing_on import HeldPair
from jupyter_kfp.dataflow.ipython_watch import PREFIX, IPythonWatch
from jupyter_kfp.dataflow.known_calls import FIGURE_READS
from jupyter_kfp.dataflow.made_settings import MadeSettings
from jupyter_kfp.dataflow.module_watch import OUTSIDE, ModuleWatch
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.own_calls import OwnCalls
from jupyter_kfp.dataflow.process_watch import ProcessWatch
from jupyter_kfp.dataflow.python_names import is_builtin, is_history, is_provided
from jupyter_kfp.dataflow.traced_notebook import Context, TracedCell
from jupyter_kfp.dataflow.versions import PARAMETERS, SETUP, Version
from jupyter_kfp.notebook.diagnostic import Severity


class Tracer:
    """The state of the namespace while the notebook is read; `run`, then look at `steps` and `setup`."""

    def __init__(self, context: Context, findings: Findings) -> None:
        self._context = context
        self._findings = findings
        self.steps = [Actor(owner=owner, name=name) for owner, name in enumerate(context.step_names)]
        self.setup: dict[int, Actor] = {}
        self._names = Namespace(self.steps)
        self._names.tells_subclasses = context.tells_subclasses
        self.settings = MadeSettings(findings)
        self._process = ProcessWatch(self._names, self.settings, self._require)
        self.modules = ModuleWatch(self._names, context.modules, self._process, findings, self._require)
        self._own_calls = OwnCalls(self._names, self._change_by)
        self._cached = CachedFunctions(findings, self._names.get)
        self._dynamic = DynamicCode(self._names, findings, self._take_facts)
        self._ipython = IPythonWatch(self.steps, self._process, self._dynamic, findings)
        self._star_unresolved = False
        self._keeps_annotations = False
        """Annotations are not evaluated from here on."""

    @property
    def held_pairs(self) -> list[HeldPair]:
        """Holders that a step changes, each with what it may hold."""
        return self._names.held_pairs

    def run(self, cells: Iterable[TracedCell]) -> None:
        """Trace all cells, in the order of the notebook."""
        for cell in cells:
            if cell.owner == PARAMETERS:
                self._enter_parameters()
                continue
            actor = self._actor(cell)
            actor.cells.append(cell.number)
            self._process.begin_cell(actor, cell.number)
            if len(actor.cells) == 1 and not actor.is_setup:
                self._declare_changes(actor, cell.number)
            self._take_facts(actor, cell.facts)
        self.settings.finish(self.steps)

    def _actor(self, cell: TracedCell) -> Actor:
        if cell.owner != SETUP:
            return self.steps[cell.owner]
        return self.setup.setdefault(cell.number, Actor(owner=SETUP))

    def _enter_parameters(self) -> None:
        for name in self._context.parameters:
            known = self._names.now.get(name)
            if known is None or known.owner != PARAMETERS:
                self._names.replace(self._parameter(name))

    def _parameter(self, name: str) -> Version:
        place = self._context.parameters[name]
        return Version(name=name, owner=PARAMETERS, place=place, is_scalar=name in self._context.scalars)

    def _declare_changes(self, actor: Actor, cell: int) -> None:
        for name in self._context.mutates.get(actor.owner, ()):
            version = self._names.get(name)
            if version is not None:
                place = Place(cell, 1, 1)
                actor.require(version, place)
                self._names.change(actor, version, place, how="kfp.mutates", value=OPAQUE, conditional=False)

    def _take_facts(self, actor: Actor, facts: Iterable[Fact]) -> None:
        together: list[Fact] = []
        for fact in facts:
            actor.touched.setdefault(fact.name, fact.place.cell)
            if fact.kind == "bind":
                together.append(fact)
                if not fact.together:
                    self._bind(actor, together)
                    together = []
                continue
            # "a, b[0] = x, a" puts the object that a stood for into b, not the one that it stands for from then on.
            if fact.kind != "change" or any(bound.name == fact.name for bound in together):
                self._bind(actor, together)
                together = []
            self._take_fact(actor, fact)
        self._bind(actor, together)

    def _bind(self, actor: Actor, together: list[Fact]) -> None:
        if together:
            self._names.bind_together(actor, together)
        for bound in together:
            self.modules.bound(actor, bound.name, bound)

    def _take_fact(self, actor: Actor, fact: Fact) -> None:
        match fact.kind:
            case "read":
                self._read(actor, fact)
            case "settle":
                self._names.settle(actor, fact)
            case "delete":
                self._delete(actor, fact)
            case "change":
                self._change_by(actor, fact, fact.name, fact.how)
            case "change result":
                for name in self._names.result_roots(CallResult(fact.name, fact.arguments)):
                    self._change_by(actor, fact, name, fact.how)
                self.modules.change_result(actor, self._names.import_path(fact.name), fact)
            case "method":
                self._call_method(actor, fact)
            case "consume":
                self._consume(actor, fact, fact.name, "by using it")
            case "call":
                self._call(actor, fact)
            case "star":
                self._import_star(actor, fact)
            case "dynamic":
                self._dynamic.run(actor, fact)

    # --- reading

    def _read(self, actor: Actor, fact: Fact) -> None:
        if fact.how == "annotation" and self._keeps_annotations:
            return
        version = self._names.get(fact.name)
        if version is None:
            self._undefined(actor, fact, fact.name, certain=not (fact.conditional or fact.caught), via=None)
            return
        self._process.read(actor, version, fact.place)
        self.modules.read(actor, version, fact)
        self._process.mention(actor, version, fact)
        if not fact.bound:
            self._require(actor, version, fact.place, certain=not fact.conditional)
        if fact.how == "inherit" and not runs_for_subclasses(version, self._names.now):
            return
        for each in changed_metaclasses(version, self._names.now) if fact.how == "inherit" else ():
            self._require(actor, each, fact.place)
            self._names.change(actor, each, fact.place, how="by deriving from it", value=OPAQUE, conditional=True)
        if fact.called:
            self._cached.called(actor, version, fact.place)
        certain = fact.called and not (fact.conditional or fact.caught)
        self._follow(actor, version, fact, set(), certain=certain)
        self._use_itself(actor, fact.name, fact)

    def _use_itself(self, actor: Actor, name: str, fact: Fact, part: str = "") -> None:
        """Objects of some classes of the notebook change when they are used, or when a part of them is."""
        version = self._names.get(name)
        if version is not None and (
            version.changes_on_use
            or self._names.own.is_changed_by_reading(part)
            or (version.makes_items and part == ITEM)
        ):
            self._names.change(actor, version, fact.place, how="by using it", value=OPAQUE, conditional=True)

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
        for partner in self._names.partners(version.name):
            other = self._names.now.get(partner)
            if other is not None and other.owner == SETUP:
                actor.setup_values.setdefault(partner, other)
        if version.name in actor.taken:
            actor.companions.setdefault(version.name, frozenset(self._names.partners(version.name)))

    def _follow(
        self, actor: Actor, version: Version, fact: Fact, seen: set[tuple[object, ...]], *, certain: bool
    ) -> None:
        """A function (or an instance) is used: what it does to names when called may happen now."""
        key = (id(version), certain)
        if not version.uses or actor.followed.get(key) == self._names.moves:
            return
        actor.followed[key] = self._names.moves
        for use in version.uses:
            if use.key in seen:
                continue
            seen.add(use.key)
            self._follow_use(actor, use, fact, seen, certain=certain and not use.conditional)
        for known in self._own_calls.passed_on_in(version):
            self._require(actor, known, fact.place)
            how = f"in {version.name}, which passes it on"
            self._names.change(actor, known, fact.place, how=how, value=OPAQUE, conditional=True)

    def _follow_use(self, actor: Actor, use: Use, fact: Fact, seen: set[tuple[object, ...]], *, certain: bool) -> None:
        version = self._names.get(use.name.partition(".")[0])
        if use.kind == "write":
            self._names.bind(actor, use.name, fact.place, OPAQUE, conditional=not certain)
        elif use.kind == "dynamic":
            self._dynamic.run(actor, Fact(kind="dynamic", name=f"{fact.name}()", how=use.name, place=fact.place))
        elif use.kind in OUTSIDE:
            self.modules.use(actor, use, fact, certain=certain)
        elif version is None:
            if not any(use.key == one.key for body in fact.value.bodies for one in body.uses):  # being defined
                self._use_of_nothing(actor, use, fact, certain=certain)
        elif use.kind in {"call", "set"}:
            self._touch_in_function(actor, version, use, fact, certain=certain)
        elif use.kind == "change":
            if not version.is_import:
                how = f"in the function of cell {use.place.cell}, line {use.place.line}"
                self._require(actor, version, fact.place, via=use)
                self._names.change(actor, version, fact.place, how=how, value=fact.value, conditional=True)
        elif use.kind == "delete":
            self._names.unbind(actor, use.name, fact.place, conditional=True)
        else:
            self._require(actor, version, fact.place, via=use, certain=certain)
            if version.is_figure:  # whether a function draws on the figure that it uses is not looked into
                self._names.change(actor, version, fact.place, how="by drawing", value=OPAQUE, conditional=True)
            self._process.read(actor, version, fact.place)
            part = Fact(kind="read", name=use.name, place=fact.place, conditional=True, target=use.target, how=use.how)
            self.modules.read(actor, version, part)
            if use.called:
                self._cached.called(actor, version, fact.place)
            self._follow(actor, version, fact, seen, certain=certain and use.called)
            self._use_itself(actor, use.name, fact, use.target or use.how)

    def _use_of_nothing(self, actor: Actor, use: Use, fact: Fact, *, certain: bool) -> None:
        """A function uses a name that the notebook does not bind."""
        if use.name.startswith(PREFIX):
            self._ipython.call_in_function(actor, use, fact, certain=certain)
        elif use.kind not in {"call", "set"}:
            self._undefined(actor, fact, use.name, certain=certain, via=use)

    def _touch_in_function(self, actor: Actor, version: Version, use: Use, fact: Fact, *, certain: bool) -> None:
        """A function of the notebook calls, or sets something of, what may come from a module."""
        inner = Fact(
            kind="call" if use.kind == "call" else "change",
            name=use.name,
            place=fact.place,
            conditional=not certain,
            how=use.how,
            target=use.target,
            statement=use.statement if certain else None,
            within=use.within | fact.within,
            in_function=True,
            keywords=use.keywords,
        )
        if use.kind == "set":
            self._assign(actor, version, inner)
        elif version.is_import:
            self._call_import(actor, self._names.import_path(use.name), inner)
        elif not self._process.call_handle(actor, version, inner) and (
            version.is_consumable or self._names.own.is_change(use.name)
        ):  # any method of a random generator, or of an iterator, takes something out of it
            self._change_by(actor, inner, version.name, f".{use.name.rpartition('.')[2]}()")

    def _undefined(self, actor: Actor, fact: Fact, name: str, *, certain: bool, via: Use | None) -> None:
        version = self._names.now.get(name)
        made = self._dynamic.made(name) if version is None and not is_builtin(name) else None
        if made is not None:
            self._require(actor, made, fact.place, via=via)
        elif version is None and is_history(name):
            self._history(fact, name, actor)
        elif (
            is_builtin(name)  # that the notebook bound it for a while does not matter once it is deleted
            or (version is None and (is_provided(name) or self._star_unresolved))
            or (fact.caught and via is None)
            or (actor.is_setup and via is not None)
        ):
            return
        else:
            deleted_in = version.place if version else None
            self._findings.undefined(name, fact.place, certain=certain, via=via, deleted_in=deleted_in)

    def _history(self, fact: Fact, name: str, actor: Actor) -> None:
        if name == "_" and len(actor.cells) > 1 and not fact.conditional:
            return  # the result of a cell of the same step is there
        message = f"“{name}” is what IPython keeps of earlier cells; a step runs in a kernel of its own"
        self._findings.add(
            "KFP138", Severity.ERROR, fact.place, message, hint="give the value a name where it is made", variable=name
        )

    # --- unbinding, importing, changing

    def _delete(self, actor: Actor, fact: Fact) -> None:
        version = self._names.get(fact.name)
        if version is None:
            if not fact.conditional:
                self._undefined(actor, fact, fact.name, certain=not fact.caught, via=None)
            return
        if not fact.bound:
            self._require(actor, version, fact.place)
        self._names.unbind(actor, fact.name, fact.place, conditional=fact.conditional)

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
            self._names.bind(actor, name, fact.place, Value(imported=imported), conditional=fact.conditional)
            self.modules.bound(actor, name, fact)

    def _change_by(self, actor: Actor, fact: Fact, name: str, how: str) -> None:
        version = self._names.get(name)
        if version is None:
            if not fact.conditional and not fact.bound:
                self._undefined(actor, fact, name, certain=not fact.caught, via=None)
            return
        if version.is_import:
            self._assign(actor, version, fact)
            return
        if fact.kind == "change" and how.endswith("()"):
            self._process.drawn_by_method(actor, how.strip(".()"), fact, version)
        if not fact.bound or name != fact.name:  # a method changes more than its own object, which alone is bound here
            self._require(actor, version, fact.place)
        if self._process.assign_handle(actor, version, fact):
            return
        self._names.change(actor, version, fact.place, how=how, value=fact.value, conditional=fact.conditional)
        for name in sorted(version.classes) if fact.of_class else ():
            known = self._names.get(name)
            if known is not None:
                self._require(actor, known, fact.place)
                self._names.change(actor, known, fact.place, how=how, value=fact.value, conditional=True)

    def _call_method(self, actor: Actor, fact: Fact) -> None:
        version = self._names.get(fact.name)
        if fact.looked_up:
            if fact.how in self._names.own.changing_properties:
                self._change_by(actor, fact, fact.name, f".{fact.how}")
            return
        if version is not None and version.is_consumable:
            changes = True
        elif version is not None and self._process.call_handle(actor, version, fact):
            changes = False  # what it is set to is state of the process
        elif version is not None and version.is_figure:
            changes = not (fact.how in FIGURE_READS or fact.how.startswith("get_"))
        else:
            changes = self._names.own.changes.get(fact.how, fact.discarded and not fact.spared)
        if changes and not (version is not None and version.is_import):
            self._change_by(actor, fact, fact.name, f".{fact.how}()")
        self._process.drawn_by_method(actor, fact.how, fact, version)
        if version is not None:
            self._cached.looked_at(actor, version, fact.how, fact.place)

    def _consume(self, actor: Actor, fact: Fact, name: str, how: str) -> None:
        version = self._names.get(name)
        if version is not None and (version.makes_items if fact.how == ITEM else version.is_consumable):
            self._change_by(actor, fact, name, how)

    def _call(self, actor: Actor, fact: Fact) -> None:
        self._own_calls.pass_functions(actor, fact)
        version = self._names.get(fact.name.partition(".")[0])
        if fact.name.startswith("."):
            self._own_calls.change_arguments(actor, fact)
        elif fact.name.startswith(PREFIX):
            self._ipython.call(actor, fact)
        elif version is None:
            if fact.name == "__future__":
                self._keeps_annotations = self._keeps_annotations or "annotations" in fact.how.split(", ")
                self._process.future(actor, fact)
        elif version.is_import:
            self._call_import(actor, self._names.import_path(fact.name), fact)
        elif self._process.call_handle(actor, version, fact):
            return
        else:
            self._own_calls.call(actor, version, fact)

    def _call_import(self, actor: Actor, path: str, fact: Fact) -> None:
        if not self.modules.call(actor, path, fact, self._change_by):
            self._process.call(actor, path, fact)

    def _assign(self, actor: Actor, version: Version, fact: Fact) -> None:
        if not self.modules.assign(actor, version, fact):
            self._process.assign(actor, version, fact)
