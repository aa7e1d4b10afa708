"""What the result of calling one of the notebook's functions, methods or classes may be a part of."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Mapping

from jupyter_kfp.dataflow.facts import Body, CallResult, Value
from jupyter_kfp.dataflow.living_values import Names, parameter_names, parameters_at
from jupyter_kfp.dataflow.versions import Version

_DEEPEST = 8


def called_version(name: str, now: Names) -> Version | None:
    """The function or class that a name stands for, through ``g = f``."""
    for _ in range(_DEEPEST):
        version = now.get(name)
        if version is None or version.body is not None or not isinstance(version.value.expression, ast.Name):
            return version
        name = version.value.expression.id
    return None


def result_roots(
    results: Iterable[CallResult], now: Names, giving: Container[str], seen: set[CallResult] | None = None
) -> set[str]:
    """Names whose object the results of calls may be, or be a part of; `giving` are methods that return such.

    Functions may call themselves, and each other in many places: a call that was `seen` has nothing to add.
    """
    found: set[str] = set()
    seen = set() if seen is None else seen
    for result in results:
        if result in seen:
            continue
        seen.add(result)
        first, _, method = result.function.partition(".")
        version = called_version(first, now)
        if version is None or version.is_import:
            continue
        if method:
            found |= {first} if _gives(version.body, method, giving) else set()
        elif version.body is None:
            found |= {first} if version.keeps_state else set()
        else:
            found |= _roots_of_call(first, version.body, result, now, giving, seen)
    return found


def _gives(body: Body | None, method: str, giving: Container[str]) -> bool:
    return method in (body.giving if body is not None and body.kind == "class" else giving)


def _roots_of_call(
    name: str, body: Body, result: CallResult, now: Names, giving: Container[str], seen: set[CallResult]
) -> set[str]:
    found = {name} if body.is_cached or body.keeps_state or body.has_state else set()
    if body.kind == "class":
        return found | {root for _, root in result.arguments}
    given = _by_parameter(body, result)
    for root in body.returned_roots:
        found |= given.get(root, set()) if root in parameter_names(body) else {root}
    inner = [_with_arguments(one, body, given) for one in body.returned_results]
    return found | result_roots(inner, now, giving, seen)


def _by_parameter(body: Body, result: CallResult) -> dict[str, set[str]]:
    given: dict[str, set[str]] = {}
    for where, root in result.arguments:
        for name in parameters_at(body, where):
            given.setdefault(name, set()).add(root)
    return given


def _with_arguments(inner: CallResult, body: Body, given: Mapping[str, set[str]]) -> CallResult:
    """A call inside a function, with the names that the function was given for its parameters."""
    arguments = [
        (where, name)
        for where, root in inner.arguments
        for name in (sorted(given.get(root, ())) if root in parameter_names(body) else [root])
    ]
    return CallResult(inner.function, tuple(arguments))


def changed_arguments(result: CallResult, now: Names, known: dict[CallResult, set[str]] | None = None) -> set[str]:
    """Names whose object a call changes, as they are passed to the function; `known` are calls looked at before."""
    known = {} if known is None else known
    if result in known:
        return known[result]
    known[result] = set()  # while it is looked at: a function that calls itself adds nothing by that
    version = called_version(result.function, now)
    body = version.body if version is not None else None
    if body is None:
        return known[result]
    given = _by_parameter(body, result)
    found = {root for name in body.changed_parameters for root in given.get(name, ())}
    for inner in body.passes:
        if any(root in parameter_names(body) for _, root in inner.arguments):
            changed = changed_arguments(_with_arguments(inner, body, given), now, known)
            found |= changed & {root for roots in given.values() for root in roots}
    known[result] = found
    return found


def instance_classes(value: Value, now: Names) -> frozenset[str]:
    """Classes of the notebook that the value, or a part of it, may be an instance of."""
    found: set[str] = set()
    for name in value.shares:
        if name in now:
            found |= now[name].classes
    _add_classes(value.results, now, found, set())
    return frozenset(found)


def _add_classes(results: Iterable[CallResult], now: Names, found: set[str], seen: set[CallResult]) -> None:
    for result in results:
        if result in seen:
            continue
        seen.add(result)
        name, _, method = result.function.partition(".")
        version = called_version(name, now)
        if version is None or version.body is None:
            continue
        if version.body.kind == "class":
            found |= {name, *bases(name, now)}
        elif not method:
            _add_classes(version.body.returned_results, now, found, seen)


def bases(name: str, now: Names, depth: int = 0) -> set[str]:
    """Classes of the notebook that a class statement names: its bases, perhaps its metaclass."""
    version = now.get(name)
    found: set[str] = set()
    for base, _ in version.value.references if version is not None and depth < _DEEPEST else ():
        above = now.get(base)
        if base != name and above is not None and above.body is not None and above.body.kind == "class":
            found |= {base, *bases(base, now, depth + 1)}
    return found


def runs_for_subclasses(version: Version, now: Names, depth: int = 0) -> bool:
    """Whether to derive a class from this one runs code of the notebook: ``__init_subclass__``, a metaclass."""
    body = version.body
    if body is None or depth >= _DEEPEST:
        return False
    names = {name for name, _ in version.value.references}
    above = [now[name] for name in names if name in now and name != version.name]
    return (
        "__init_subclass__" in body.methods
        or "type" in names
        or any(runs_for_subclasses(one, now, depth + 1) for one in above)
    )
