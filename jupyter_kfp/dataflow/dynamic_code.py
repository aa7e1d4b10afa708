"""Code and names that are text: what can be found out of them, and what a step is given where nothing can."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.cell_facts import facts_of_text
from jupyter_kfp.dataflow.facts import OPAQUE, Fact, FactKind, Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.run_time_names import constant_texts, known_text, name_pattern, names_in_query
from jupyter_kfp.dataflow.versions import SETUP, Version
from jupyter_kfp.notebook.diagnostic import Severity

_ANY_NAME = re.compile(r"\w+")


class DynamicCode:
    """Follows text while the notebook is traced; `take_facts` is the tracer's."""

    def __init__(
        self, names: Namespace, findings: Findings, take_facts: Callable[[Actor, Iterable[Fact]], None]
    ) -> None:
        self._names = names
        self._findings = findings
        self._take_facts = take_facts
        self._writes: list[tuple[Actor, re.Pattern[str], Place]] = []
        """Who sets variables, and what their names look like."""
        self._running: set[tuple[Place, str]] = set()
        """Where code is being followed."""

    def run(self, actor: Actor, fact: Fact) -> None:
        """Do what a dynamic fact does; the functions that it may use may run code themselves, such as this one."""
        key = (fact.place, fact.how)
        if key in self._running:
            return
        self._running.add(key)
        self._run(actor, fact)
        self._running.remove(key)

    def _run(self, actor: Actor, fact: Fact) -> None:
        match fact.how:
            case "evaluate" | "execute":
                self._run_code(actor, fact)
            case "query":
                for text in constant_texts(fact.value.expression, self._meaning):
                    self._touch(actor, fact, "read", names_in_query(text))
            case _:
                self._use_names(actor, fact)

    def _run_code(self, actor: Actor, fact: Fact) -> None:
        text = known_text(fact.value.expression, self._meaning)
        if text is not None:
            self._take_facts(actor, facts_of_text(text, fact.place))
            return
        self._warn(actor, fact)
        self._touch(actor, fact, "read", self._matching(_ANY_NAME))
        if fact.how == "execute":
            self._write(actor, fact, _ANY_NAME)

    def _use_names(self, actor: Actor, fact: Fact) -> None:
        expression = fact.value.expression
        name = known_text(expression, self._meaning) if expression is not None else None
        if name is None:
            self._warn(actor, fact)
        pattern = _ANY_NAME if expression is None else name_pattern(expression, self._meaning)
        if fact.how == "read":
            self._touch(actor, fact, "read", self._matching(pattern))
        elif fact.how == "delete":
            self._touch(actor, fact, "delete", [name] if name else self._matching(pattern))
        elif name is not None:
            self._names.bind(actor, name, fact.place, OPAQUE, conditional=fact.conditional)
        else:
            self._write(actor, fact, pattern)

    def _write(self, actor: Actor, fact: Fact, pattern: re.Pattern[str]) -> None:
        """Any variable with such a name may get a value, also those that are not there yet."""
        self._writes.append((actor, pattern, fact.place))
        for name in self._matching(pattern):
            self._names.bind(actor, name, fact.place, OPAQUE, conditional=True)

    def _touch(self, actor: Actor, fact: Fact, kind: FactKind, names: Iterable[str]) -> None:
        touched = [Fact(kind=kind, name=name, place=fact.place, conditional=True, caught=True) for name in names]
        self._take_facts(actor, touched)

    def _matching(self, pattern: re.Pattern[str]) -> list[str]:
        """Variables that hold data; what is certain to fail when it is handed on is left out."""
        return [
            name
            for name, version in sorted(self._names.now.items())
            if pattern.fullmatch(name)
            and not (version.is_import or version.is_consumable or version.kind == "delete")
            and not (version.owner == SETUP and version.body is not None)
        ]

    def _meaning(self, name: str) -> ast.expr | None:
        version = self._names.get(name)
        if version is None or version.kind != "bind" or version.conditional:
            return None
        return version.value.expression

    def made(self, name: str) -> Version | None:
        """Version of a name that nobody binds visibly: whoever sets variables by text may have made it."""
        version = None
        for actor, pattern, place in self._writes:
            if pattern.fullmatch(name):
                self._names.bind(actor, name, place, OPAQUE, conditional=True)
                version = self._names.now[name]
        return version

    def _warn(self, actor: Actor, fact: Fact) -> None:
        actor.dynamic = True
        message = f"{fact.name} uses names that are known only at run time: the step is given all variables"
        hint = "write the names out, so that the step waits only for what it needs"
        self._findings.add("KFP136", Severity.WARNING, fact.place, message, hint=hint)
