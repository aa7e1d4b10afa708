"""What functions and methods do to what they are given, themselves and through the functions that they call.

A summary is worked out once for a function, not for each call of it, however the functions call one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jupyter_kfp.dataflow.facts import Body, CallResult
from jupyter_kfp.dataflow.living_values import Names, parameter_names, parameters_at
from jupyter_kfp.dataflow.own_methods import NEW, Called, OwnMethods

Pair = tuple[str, str]


@dataclass(eq=False)
class Summary:
    """Names are those of the function's parameters and those of the notebook."""

    body: Body
    changed: set[str]
    """Names whose object it changes in place."""
    stored: set[Pair]
    """Names, each with one that is put into its object."""
    inner: list[tuple[Summary, set[Pair]]] = field(default_factory=list)
    """What it calls, with the parameters there and the names here whose object is passed for each."""

    def grow(self) -> bool:
        """Take over what is known by now of the functions that it calls; whether anything was new."""
        before = len(self.changed) + len(self.stored)
        for callee, passed in self.inner:
            self.changed |= {name for parameter, name in passed if parameter in callee.changed}
            local = parameter_names(callee.body)
            for holder, stored in sorted(callee.stored):
                holders = {name for parameter, name in passed if parameter == holder} if holder in local else {holder}
                names = {name for parameter, name in passed if parameter == stored} if stored in local else {stored}
                self.stored |= {(one, name) for one in holders for name in names if one != name}
        return len(self.changed) + len(self.stored) > before


class CallSummaries:
    """Keeps what was worked out until definitions change: `forget`."""

    def __init__(self, own: OwnMethods) -> None:
        self._own = own
        self._known: dict[int, Summary] = {}
        """By identity of the body, which the summary keeps alive."""

    def forget(self) -> None:
        """Functions, classes or imports were bound: names may stand for others."""
        self._known.clear()

    def of(self, body: Body, now: Names) -> Summary:
        """What a function does."""
        if id(body) in self._known:
            return self._known[id(body)]
        made: list[Summary] = []
        found = self._add(body, made)
        for summary in made:  # grows while it is gone through
            self._link(summary, now, made)
        while sum(summary.grow() for summary in made):  # each, until nothing is new: functions call one another
            pass
        return found

    def _add(self, body: Body, made: list[Summary]) -> Summary:
        if id(body) not in self._known:
            self._known[id(body)] = Summary(body, set(body.changed_parameters), set(body.stores))
            made.append(self._known[id(body)])
        return self._known[id(body)]

    def _link(self, summary: Summary, now: Names, made: list[Summary]) -> None:
        local = parameter_names(summary.body)
        for call in summary.body.passes:
            first, _, rest = call.function.partition(".")
            if first not in local:
                called = self._own.called(call, now)
            elif rest:
                called = self._own.called_methods(rest.rpartition(".")[2], call, first)
            else:
                continue  # only a call tells what the parameter is: see `called_parameters`
            for one in called:
                summary.inner.append((self._add(one.body, made), set(passed(one))))


def passed(called: Called) -> Iterator[Pair]:
    """Parameters of what is called, each with a name whose object is passed for it."""
    for where, root in called.call.arguments:
        for name in parameters_at(called.body, where):
            yield name, root


def called_parameters(called: Called) -> Iterator[CallResult]:
    """Calls that a function makes of functions that it is given, in the names of the caller."""
    given: dict[str, set[str]] = {}
    for parameter, name in passed(called):
        given.setdefault(parameter, set()).add(name)
    for call in called.body.passes:
        arguments = tuple((where, name) for where, root in call.arguments for name in sorted(given.get(root, ())))
        yield from (CallResult(name, arguments) for name in sorted(given.get(call.function, set()) - {NEW}))
