"""What the result of calling one of the notebook's functions, methods or classes may be a part of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jupyter_kfp.dataflow.facts import Body, CallResult, Value
from jupyter_kfp.dataflow.living_values import Names, parameter_names, parameters_at
from jupyter_kfp.dataflow.own_methods import NEW, OwnMethods, bases, called_version
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
        if version is not None and version.body is not None and version.body.kind == "class" and not method:
            found |= {holder for holder, name in stored_arguments(result, now, own) if name == NEW}
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


def changed_arguments(
    result: CallResult, now: Names, own: OwnMethods, known: dict[CallResult, set[str]] | None = None
) -> set[str]:
    """Names whose object a call changes, as they are passed to the function; `known` are calls looked at before."""
    known = {} if known is None else known
    if result in known:
        return known[result]
    known[result] = set()  # while it is looked at: a function that calls itself adds nothing by that
    found: set[str] = set()
    for called in own.called(result, now):
        found |= _changed_by_body(called.body, _by_parameter(called.body, called.call), now, own, known)
    known[result] = found
    return found


def _changed_by_body(
    body: Body, given: Mapping[str, set[str]], now: Names, own: OwnMethods, known: dict[CallResult, set[str]]
) -> set[str]:
    found = {root for name in body.changed_parameters for root in given.get(name, ())}
    roots = {root for each in given.values() for root in each}
    for inner in body.passes:
        for call in _inner_calls(inner, body, given):
            found |= roots & changed_arguments(call, now, own, known)
    return found


def changes_parameters(body: Body, now: Names, own: OwnMethods) -> bool:
    """Whether a function changes what it is given."""
    given = {name: {f"<{name}>"} for name in parameter_names(body)}  # names that the notebook cannot have
    return bool(_changed_by_body(body, given, now, own, {}))


def changed_globals(body: Body, now: Names, own: OwnMethods) -> set[str]:
    """Names of the notebook whose object a function, or the methods of a class, change by passing it on."""
    found: set[str] = set()
    for function in (body, *body.method_bodies.values()):
        local = parameter_names(function)
        for inner in function.passes:
            first = inner.function.partition(".")[0]
            names = {first, *(root for _, root in inner.arguments)} - local
            if first not in local and any(name in now and not now[name].is_import for name in names):
                found |= names & changed_arguments(inner, now, own)
    return found


def stored_arguments(
    result: CallResult, now: Names, own: OwnMethods, seen: set[CallResult] | None = None
) -> set[tuple[str, str]]:
    """Names, each with one that the call is given and puts into its object; receivers of methods are not among them."""
    seen = set() if seen is None else seen
    if result in seen:
        return set()
    seen.add(result)
    found: set[tuple[str, str]] = set()
    for called in own.called(result, now):
        body = called.body
        given, parameters = _by_parameter(body, called.call), parameter_names(body)
        for holder, stored in body.stores:
            holders = given.get(holder, set()) if holder in parameters else {holder}
            found |= {(one, name) for one in holders for name in given.get(stored, ()) or {NEW}}
        for inner in body.passes:
            for call in _inner_calls(inner, body, given):
                found |= stored_arguments(call, now, own, seen) if call.arguments else set()
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
