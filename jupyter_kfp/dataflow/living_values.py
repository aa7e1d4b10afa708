"""What lives on in values: functions and classes, reachable through variables that do not bear their names."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import msgspec

from jupyter_kfp.dataflow.expressions import last_name
from jupyter_kfp.dataflow.facts import Body, Use, Value
from jupyter_kfp.dataflow.known_calls import CHANGING_METHODS
from jupyter_kfp.dataflow.process_state import touches_state
from jupyter_kfp.dataflow.versions import Version

Names = Mapping[str, Version]


def uses_of(value: Value, now: Names) -> tuple[Use, ...]:
    """Uses of the functions, and of the classes of instances, that a value may hold."""
    found: tuple[Use, ...] = ()
    stands_for_one = isinstance(value.expression, ast.Name)
    for body in value.bodies:
        found = merged(found, body.uses)
        found = merged(found, _inherited_changes(body, value, now) if body.kind == "class" else ())
    for name, only_called in (*value.references, *value.inside):
        first, _, rest = name.partition(".")
        version = now.get(first)
        if version is None:
            continue
        imported = version.value.imported
        path = f"{imported.path}.{rest}" if imported is not None and rest else imported.path if imported else ""
        if path and not only_called and touches_state(path):
            found = merged(found, (Use("library call", path, version.place, conditional=True),))
        if rest:
            found = merged(found, version.uses_of_part(rest) if version.uses_of_part else ())
        else:
            uses = _result_uses(version, now, set()) if only_called else version.uses
            found = merged(found, uses if stands_for_one else tuple(use.perhaps for use in uses))
    return found


def _inherited_changes(body: Body, value: Value, now: Names) -> tuple[Use, ...]:
    """Methods that change the class of their instance change the derived class that it is of."""
    above = [now[name] for name, _ in value.references if name in now and name != body.name]
    classes = [version for version in above if version.body is not None and version.body.kind == "class"]
    return tuple(
        msgspec.structs.replace(use, name=body.name)
        for version in classes
        for use in version.uses
        if use.kind == "change" and version.body is not None and use.name == version.body.name
    )


def _result_uses(version: Version, now: Names, seen: set[str]) -> tuple[Use, ...]:
    """Uses that may live on in what a call of this value returns."""
    body = version.body
    if body is None or body.kind == "class":
        return version.uses
    seen.add(version.name)
    found = body.returned_uses
    for name in sorted(body.returned_names | body.called_names):
        inner = now.get(name)
        if inner is None or name in seen or not inner.uses:
            continue
        only_called = name not in body.returned_names
        found = merged(found, _result_uses(inner, now, seen) if only_called else inner.uses)
    return found


def keeps_state(value: Value, now: Names, methods: Mapping[str, bool]) -> bool:
    """Whether calling the value would change it: a function with a state of its own, a bound method.

    `methods` are the methods of the notebook's classes, and whether they change their instance.
    """
    if any(body.keeps_state for body in value.bodies):
        return True
    if value.bodies and value.bodies[0].kind == "function" and value.expression is None:  # decorators, among others
        decorators = [now.get(name) for name, _ in value.references]
        bodies = [one.body for one in decorators if one is not None and one.body is not None]
        return any(body.makes_stateful or methods_change(body, "__call__") for body in bodies)
    match value.expression:
        case ast.Attribute(attr=method):
            return methods.get(method, method in CHANGING_METHODS)
        case ast.Name(id=name):
            known = now.get(name)
            return known is not None and known.keeps_state
        case ast.Call(func=function, args=[ast.Name(id=name), *_]) if last_name(function) == "partial":
            known = now.get(name)
            return known is not None and known.body is not None and bool(known.body.changed_parameters)
        case ast.Call(func=ast.Name(id=name)) | ast.Subscript(value=ast.Call(func=ast.Name(id=name))):
            known = now.get(name)
            return known is not None and known.body is not None and known.body.makes_stateful
    return False


def methods_change(body: Body, method: str) -> bool:
    """Whether a class has a method that changes its instance."""
    return body.kind == "class" and body.methods.get(method, False)


def parameter_names(body: Body) -> frozenset[str]:
    """Names that a function binds to its arguments."""
    return frozenset((*body.parameters, *body.collecting.values()))


def parameters_at(body: Body, where: int | str) -> list[str]:
    """Names of the parameters that an argument may go to, by position or keyword; ``*`` and ``**`` may be any."""
    if where in {"*", "**"}:
        return sorted(parameter_names(body))
    if isinstance(where, str):
        return [where if where in body.parameters else body.collecting.get("**", where)]
    return [body.parameters[where] if where < len(body.parameters) else body.collecting.get("*", "")]


def merged(first: tuple[Use, ...], second: tuple[Use, ...]) -> tuple[Use, ...]:
    """Both, each kind of use of a name once."""
    if not first or not second:
        return first or second
    known: dict[tuple[object, ...], Use] = {}
    for use in (*first, *second):
        known.setdefault(use.key, use)
    return tuple(known.values())
