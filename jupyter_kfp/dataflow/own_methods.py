"""The methods of the notebook's classes: which change their instance, and which of them a call may run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import msgspec

from jupyter_kfp.dataflow.facts import Body, CallResult
from jupyter_kfp.dataflow.living_values import Names, parameter_names
from jupyter_kfp.dataflow.versions import Version

_DEEPEST = 8
NEW = ""
"""Stands for an object that has no name, such as one that a call makes: receiver of its methods."""


class Called(msgspec.Struct, frozen=True):
    """What a call may run."""

    body: Body
    call: CallResult
    """With the receiver among the arguments, where the function takes one."""


def called_version(name: str, now: Names) -> Version | None:
    """The function or class that a name stands for, through ``g = f``."""
    for _ in range(_DEEPEST):
        version = now.get(name)
        if version is None or version.body is not None or not isinstance(version.value.expression, ast.Name):
            return version
        name = version.value.expression.id
    return None


def bases(name: str, now: Names, depth: int = 0) -> set[str]:
    """Classes of the notebook that a class statement names: its bases, perhaps its metaclass."""
    version = now.get(name)
    found: set[str] = set()
    for base, _ in version.value.references if version is not None and depth < _DEEPEST else ():
        above = now.get(base)
        if base != name and above is not None and above.body is not None and above.body.kind == "class":
            found |= {base, *bases(base, now, depth + 1)}
    return found


class OwnMethods:
    """Learns from the classes as they are met.

    Attributes
    ----------
    changes:
        Methods, and whether they change their instance.
    giving:
        Methods that may return a part of their instance.
    changing_properties:
        Attributes that may change the instance when they are read.

    """

    def __init__(self) -> None:
        self.changes: dict[str, bool] = {}
        self.giving: set[str] = set()
        self.changing_properties: set[str] = set()
        self._bodies: dict[str, dict[str, Body]] = {}
        """By method and class."""

    def learn(self, body: Body) -> None:
        """Take a class into account; of anything else there is nothing to learn."""
        for method, changes in body.methods.items():
            self.changes[method] = self.changes.get(method, False) or changes
        for method, inner in body.method_bodies.items():
            self._bodies.setdefault(method, {})[body.name] = inner
        self.giving |= body.giving
        self.changing_properties |= body.changing_properties

    def is_change(self, path: str) -> bool:
        """Whether calling ``object.method`` may change the object."""
        return "." in path and self.changes.get(path.rpartition(".")[2], False)

    def is_changed_by_reading(self, path: str) -> bool:
        """Whether reading ``object.part`` may change the object."""
        return not self.changing_properties.isdisjoint(path.split(".")[1:])

    def called(self, call: CallResult, now: Names) -> Iterator[Called]:
        """Functions and methods of the notebook that a call may run."""
        first, _, rest = call.function.partition(".")
        version = called_version(first, now) if first else None
        if version is not None and version.is_import:
            return
        if not rest:
            yield from self._called_by_name(first, version, call, now)
            return
        method = rest.rpartition(".")[2]
        known = self._bodies.get(method, {})
        if version is not None and version.body is not None and version.body.kind == "class" and rest == method:
            for body in _of_classes(known, [first], now):  # ``Class.method(instance)``
                yield _bound(body, call, first if body.receiver == "class" else None)
            return
        classes = version.classes if version is not None and rest == method else frozenset()
        for body in [known[name] for name in sorted(classes & known.keys() or known)]:
            yield _bound(body, call, first)

    def called_methods(self, method: str, call: CallResult, receiver: str) -> Iterator[Called]:
        """Methods of any class that a call of an object of which nothing is known may run."""
        for _, body in sorted(self._bodies.get(method, {}).items()):
            yield _bound(body, call, receiver)

    def _called_by_name(self, name: str, version: Version | None, call: CallResult, now: Names) -> Iterator[Called]:
        if version is None:
            return
        if version.body is None:
            for body in _of_classes(self._bodies.get("__call__", {}), sorted(version.classes), now):
                yield _bound(body, call, name)
        elif version.body.kind == "class":
            for method in ("__init__", "__post_init__"):
                for body in _of_classes(self._bodies.get(method, {}), [name], now):
                    yield _bound(body, call if method == "__init__" else CallResult(name, ()), NEW)
        else:
            yield Called(version.body, call)


def _of_classes(known: dict[str, Body], classes: Iterable[str], now: Names) -> list[Body]:
    """Methods that classes have, or inherit."""
    found: dict[str, Body] = {}
    for name in classes:
        above = [name] if name in known else sorted(bases(name, now) & known.keys())
        found |= {each: known[each] for each in above}
    return list(found.values())


def _bound(body: Body, call: CallResult, receiver: str | None) -> Called:
    """A method with the receiver as its first argument; None if the call has it among the others."""
    if receiver is None or not body.receiver:
        return Called(body, call)
    shifted = tuple((where + 1 if isinstance(where, int) else where, root) for where, root in call.arguments)
    return Called(body, CallResult(call.function, ((0, receiver), *shifted)))


def without_names(body: Body) -> Body:
    """A class of another namespace: only what its methods do to their parameters."""
    methods = {name: _without_names(method) for name, method in body.method_bodies.items()}
    return msgspec.structs.replace(body, method_bodies=methods)


def _without_names(method: Body) -> Body:
    parameters = parameter_names(method)
    passes = [call for call in method.passes if call.function.partition(".")[0] in {"", *parameters}]
    kept = [
        CallResult(call.function, tuple(given for given in call.arguments if given[1] in parameters)) for call in passes
    ]
    return msgspec.structs.replace(
        method, passes=tuple(kept), returned_roots=method.returned_roots & parameters, returned_results=()
    )
