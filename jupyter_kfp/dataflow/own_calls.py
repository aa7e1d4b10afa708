"""What calls of the notebook's own functions, classes, objects and methods do to what they are given."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import Body, CallResult, Fact, Value
from jupyter_kfp.dataflow.living_values import parameter_names
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.own_methods import NEW, called_version
from jupyter_kfp.dataflow.versions import Version

ChangeBy = Callable[[Actor, Fact, str, str], None]


class OwnCalls:
    """Follows them while the notebook is traced; `change_by` is the tracer's: who, what happened, to what, and how."""

    def __init__(self, names: Namespace, change_by: ChangeBy) -> None:
        self._names = names
        self._change_by = change_by

    def pass_functions(self, actor: Actor, fact: Fact) -> None:
        """Change arguments of a call that functions among them may change: ``map(fill, lists)``.

        A function of the notebook is looked into, for what it calls of what it is given by name.
        """
        passed = list(fact.value.bodies)
        callee = called_version(fact.name, self._names.now)
        if callee is None or callee.body is None or callee.body.kind == "class":
            passed += [self._names.body_of(name) for name, only_called in fact.value.references if not only_called]
        if not any(self._changed(body) & parameter_names(body) for body in passed):
            return
        for root in dict.fromkeys(root for _, root in fact.arguments):
            given = self._names.get(root)
            if given is not None and not (given.is_immutable or given.definition):
                self._change_by(actor, fact, root, f"a function that {fact.name}() is given")

    def call(self, actor: Actor, version: Version, fact: Fact) -> None:
        """Something of the notebook is called by a name, or a method of it is."""
        is_itself = version.name == fact.name
        if is_itself and version.keeps_state:
            self._change_by(actor, fact, fact.name, f"{fact.name}()")
        self.change_arguments(actor, fact, draws=is_itself and version.body is not None)

    def change_arguments(self, actor: Actor, fact: Fact, *, draws: bool = False) -> None:
        """Change what is passed, and what it is put into; `draws` on figures among the arguments, perhaps."""
        call = CallResult(fact.name, fact.arguments)
        changed = self._names.changed_by(call)
        for root in dict.fromkeys(root for _, root in fact.arguments):
            given = self._names.get(root)
            if given is not None and (root in changed or (given.is_figure and draws)):
                self._change_by(actor, fact, root, f"{fact.name}()")
        for holder, value in self._stored_by(call, fact).items():
            self._change_by(actor, msgspec.structs.replace(fact, value=value, bound=True), holder, f"{fact.name}()")

    def _stored_by(self, call: CallResult, fact: Fact) -> dict[str, Value]:
        """Names into whose object a call puts what it is given, with what it puts there."""
        stored: dict[str, set[str]] = {}
        for holder, name in self._names.stored_by(call):
            version = self._names.get(holder)
            if version is not None and version.body is None and not version.is_import:
                stored.setdefault(holder, set()).update({name} - {NEW, holder})
        given = fact.value
        return {
            holder: Value(references=given.references, bodies=given.bodies, shares=frozenset(names))
            for holder, names in sorted(stored.items())
        }

    def passed_on_in(self, version: Version) -> list[Version]:
        """What a function, or methods of an instance, may change by passing it on."""
        bodies = [self._names.body_of(name) for name in sorted(version.classes)]
        bodies += [version.body] if version.body is not None else []
        functions = [function for body in bodies for function in (body, *body.method_bodies.values())]
        names = {name for one in functions if one.passes for name in self._changed(one) - parameter_names(one)}
        known = [self._names.get(name) for name in sorted(names - {NEW})]
        return [one for one in known if one is not None and not one.is_import]

    def _changed(self, body: Body) -> set[str]:
        return self._names.summaries.of(body, self._names.now).changed
