"""What the result of calling one of the notebook's functions, methods or classes may be a part of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jupyter_kfp.dataflow.facts import Body, CallResult, Value
from jupyter_kfp.dataflow.living_values import Names, parameter_names, parameters_at
from jupyter_kfp.dataflow.own_methods import OwnMethods, bases, called_version
from jupyter_kfp.dataflow.versions import Version

_DEEPEST = 8


def result_roots(
    results: Iterable[CallResult], now: Names, own: OwnMethods, seen: set[CallResult] | None = None
) -> set[str]:
    """Names whose object the results of calls may be, or be a part of.

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
        if version is not None and version.is_import:
            continue
        if version is not None:
            found |= _roots_of_callee(first, method, version, result, own)
        for called in own.called(result, now) if version is None or version.body is None or method else ():
            found |= _roots_of_body(called.body, called.call, now, own, seen)
        if version is not None and version.body is not None and version.body.kind != "class" and not method:
            found |= _roots_of_body(version.body, result, now, own, seen)
    return found


def _roots_of_callee(name: str, method: str, version: Version, result: CallResult, own: OwnMethods) -> set[str]:
    """Names that hold what is called, if a part of that may be returned."""
    body = version.body
    if method:
        gives = method in (body.giving if body is not None and body.kind == "class" else own.giving)
        return {name} if gives else set()
    if body is None:
        return {name} if version.keeps_state else set()
    found = {name} if body.is_cached or body.keeps_state or body.has_state else set()
    return found | {root for _, root in result.arguments} if body.kind == "class" else found


def _roots_of_body(body: Body, call: CallResult, now: Names, own: OwnMethods, seen: set[CallResult]) -> set[str]:
    """Names whose object a function may return, by what it is given."""
    given, parameters = _by_parameter(body, call), parameter_names(body)
    found: set[str] = set()
    for root in body.returned_roots:
        found |= given.get(root, set()) if root in parameters else {root}
    inner = [one for each in body.returned_results for one in _inner_calls(each, body, given)]
    return found | result_roots(inner, now, own, seen)


def _by_parameter(body: Body, result: CallResult) -> dict[str, set[str]]:
    given: dict[str, set[str]] = {}
    for where, root in result.arguments:
        for name in parameters_at(body, where):
            given.setdefault(name, set()).add(root)
    return given


def _inner_calls(inner: CallResult, body: Body, given: Mapping[str, set[str]]) -> Iterator[CallResult]:
    """A call inside a function, with the names that the function was given for its parameters."""
    parameters = parameter_names(body)
    arguments = tuple(
        (where, name)
        for where, root in inner.arguments
        for name in (sorted(given.get(root, ())) if root in parameters else [root])
    )
    first, dot, rest = inner.function.partition(".")
    # A function that was passed may be what is called, or a method of an object that was.
    called = sorted(given.get(first, ())) if first in parameters else [first]
    yield from (CallResult(f"{name}{dot}{rest}", arguments) for name in called)


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


def runs_for_subclasses(version: Version, now: Names, depth: int = 0) -> bool:
    """Whether to derive a class from this one runs code of the notebook: ``__init_subclass__``, a metaclass."""
    body = version.body
    if body is None or depth >= _DEEPEST:
        return False
    names = {name for name, _ in (version.definition or version).value.references}
    above = [now[name] for name in names if name in now and name != version.name]
    return (
        "__init_subclass__" in body.methods
        or body.is_metaclass
        or any(runs_for_subclasses(one, now, depth + 1) for one in above)
    )


def changed_metaclasses(version: Version, now: Names, depth: int = 0) -> list[Version]:
    """Metaclasses of a class, and classes above them, whose own data changes whenever a class is derived from it."""
    found: list[Version] = []
    for name in sorted({name for name, _ in (version.definition or version).value.references} - {version.name}):
        above = now.get(name)
        if above is None or above.body is None or above.body.kind != "class" or depth >= _DEEPEST:
            continue
        methods = [above.body.method_bodies.get(method) for method in ("__new__", "__init__")]
        changing = [one for one in methods if one is not None and {*one.parameters[:1]} & one.changed_parameters]
        if above.body.is_metaclass and above.body.has_state and changing:
            found.append(above)
        found += changed_metaclasses(above, now, depth + 1)
    return found
