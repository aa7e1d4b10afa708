"""What the functions of the user's own modules do: to the data of these modules, to their arguments, to the process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from jupyter_kfp.dataflow.expressions import called_path, dotted_name, is_consumable, is_immutable
from jupyter_kfp.dataflow.facts import Body, Fact, Place, Use
from jupyter_kfp.dataflow.fresh_values import is_fresh
from jupyter_kfp.dataflow.known_calls import changes_receiver
from jupyter_kfp.dataflow.living_values import parameters_at
from jupyter_kfp.dataflow.module_code import ModuleCode, ModuleSource, calls_in
from jupyter_kfp.dataflow.module_state import module_variable
from jupyter_kfp.dataflow.own_methods import without_names
from jupyter_kfp.dataflow.process_state import lasts, seeded_generators

_NOWHERE = Place(0, 1, 1)
_MOST_STARS = 8


class Target(NamedTuple):
    """What a dotted path in a module refers to."""

    module: str
    """One of the user's own; empty if it is of a library."""
    name: str
    """Name in the module, empty for the module itself; the path, if it is of a library."""
    rest: tuple[str, ...] = ()
    """Attributes of what bears the name."""


class ModuleEffects:
    """Answers for all modules of one notebook; everything is found out when it is asked for."""

    def __init__(self, sources: Iterable[ModuleSource]) -> None:
        self._sources = {source.name: source for source in sources}
        self._roots = {name.partition(".")[0] for name in self._sources}
        self._codes: dict[str, ModuleCode] = {}
        self._uses: dict[tuple[str, str], tuple[Use, ...]] = {}
        self._on_import: dict[str, tuple[Use, ...]] = {}
        self._changed: dict[tuple[str, str], frozenset[str]] = {}
        self._libraries: dict[str, frozenset[str]] = {}

    def code(self, module: str) -> ModuleCode:
        """Of one of the user's own modules."""
        if module not in self._codes:
            self._codes[module] = ModuleCode(self._sources[module])
        return self._codes[module]

    # --- what a path refers to

    def resolve(self, path: str) -> Target | None:
        """What a path from a top-level module refers to; None if it does not begin with one of the user's own."""
        if path.partition(".")[0] not in self._roots:
            return None
        target = self._of_path(path, 0)
        return target if target is not None and target.module else None

    def _of_path(self, path: str, depth: int) -> Target | None:
        parts = path.split(".")
        for count in range(len(parts), 0, -1):
            module = ".".join(parts[:count])
            if module in self._sources:
                return self._in_module(module, parts[count:], depth) if parts[count:] else Target(module, "")
        return Target("", path) if path else None

    def _in_module(self, module: str, parts: list[str], depth: int) -> Target | None:
        code = self.code(module)
        first, *rest = parts
        if first in code.bodies:
            return Target(module, first, tuple(rest))
        if first in code.imports and depth < _MOST_STARS:
            return self._of_path(".".join([code.imports[first], *rest]), depth + 1)
        if first in code.data:
            alias = dotted_name(expression) if (expression := code.data[first].expression) is not None else None
            if alias and depth < _MOST_STARS and alias.partition(".")[0] != first:
                found = self._in_module(module, [*alias.split("."), *rest], depth + 1)
                if found is not None and self._body(found) is not None:
                    return found  # another name for a function
            return Target(module, first, tuple(rest))
        for star in code.stars if depth < _MOST_STARS else ():
            if star not in self._sources:
                continue
            if first in self.star_names(star):
                return self._in_module(star, parts, depth + 1)
        return None

    def star_names(self, module: str) -> list[str]:
        """Names that ``from module import *`` binds."""
        return sorted(self._star_names(module, 0))

    def _star_names(self, module: str, depth: int) -> set[str]:
        code = self.code(module)
        found = set(code.public_names)
        if "__all__" not in code.data and depth < _MOST_STARS:
            for star in code.stars:
                found |= self._star_names(star, depth + 1) if star in self._sources else set()
        return found

    def _body(self, target: Target) -> Body | None:
        return self.code(target.module).bodies.get(target.name) if target.module else None

    # --- functions

    def function(self, path: str) -> Body | None:
        """The function or class that a path refers to."""
        target = self.resolve(path)
        return self._body(target) if target is not None and not target.rest else None

    def uses(self, path: str) -> tuple[Use, ...]:
        """What happens when what a path refers to is used, that is read, or called if it is a function."""
        target = self.resolve(path)
        if target is None or not target.name:
            return ()
        return tuple(self._of_target(target, Use("read", path, _NOWHERE)))

    def called(self, path: str) -> tuple[Use, ...]:
        """What happens when what a path refers to is called: a function, or a method of data."""
        target = self.resolve(path)
        if target is None or not target.name:
            return ()
        given = self.given(path)
        uses = list(self._of_target(target, Use("call", path, _NOWHERE)))
        if given is not None and given.rest:
            uses += self._of_data(given, Use("call", path, _NOWHERE))
        return tuple(uses)

    def given(self, path: str) -> Target | None:
        """The data that a function returns whenever it is called; the rest of the path is of what is returned."""
        target = self.resolve(path)
        if target is None or self._body(target) is None:
            return None
        name = self.code(target.module).gives.get(target.name)
        return self._in_module(target.module, [name, *target.rest], 0) if name else None

    def _of_target(self, target: Target, use: Use) -> Iterator[Use]:
        """What a use in some module, or the notebook, does by way of what it refers to."""
        if not target.module:
            return
        if self._body(target) is not None:
            state = module_variable(target.module)
            yield Use("module read", state, use.place, use.conditional, target=target.name)
            yield from self._of_function(target.module, target.name)
        elif target.name:
            yield from self._of_data(target, use)

    def _of_data(self, target: Target, use: Use) -> Iterator[Use]:
        code = self.code(target.module)
        if code.is_inert(target.name) or target.name.startswith("__"):
            return
        state = module_variable(target.module)
        made = code.data[target.name].expression if target.name in code.data else None
        yield Use("module read", state, use.place, use.conditional, target=target.name)
        changes = use.kind == "change" or (use.kind == "call" and self._changes_by_method(target))
        if (changes or is_consumable(made)) and target.name not in code.remembered:
            yield _change(target.module, target.name, use)

    def _changes_by_method(self, target: Target) -> bool:
        if not target.rest:
            return True  # the data is called: a function that keeps state, or an instance
        made = self.code(target.module).data.get(target.name)
        for name, _ in made.references if made is not None else ():
            body = self.code(target.module).bodies.get(name)
            if body is not None and body.kind == "class" and target.rest[-1] in body.methods:
                return body.methods[target.rest[-1]]
        return changes_receiver(target.rest[-1], discarded=True) is True

    def _of_function(self, module: str, name: str) -> tuple[Use, ...]:
        key = (module, name)
        if key not in self._uses:
            self._uses[key] = ()  # for functions that call one another
            found: dict[tuple[object, ...], Use] = {}
            body = self.code(module).bodies[name]
            for use in body.uses:
                for one in self._translated(module, use):
                    _add(found, one)
            if body.keeps_state:
                _add(found, _change(module, name, Use("change", name, _NOWHERE)))
            self._uses[key] = tuple(found.values())
        return self._uses[key]

    def _translated(self, module: str, use: Use) -> Iterator[Use]:
        """What a use of a name of a module means outside of it."""
        code = self.code(module)
        if use.kind in {"write", "delete"}:
            if use.name not in code.remembered:
                yield _change(module, use.name, use, how="rebound")
        elif use.kind == "method":
            yield use
        elif use.kind != "dynamic" and not (use.kind == "read" and use.how == "call"):  # a call is a use of its own
            target = self._in_module(module, _path(use).split("."), 0)
            if target is not None and target.module:
                yield from self._of_own(module, target, use)
            elif target is not None:
                yield from _of_library(target.name, use)

    def _of_own(self, module: str, target: Target, use: Use) -> Iterator[Use]:
        """A function of a module uses something of the user's own modules."""
        if use.kind == "set" and target.module == module:
            return  # of its own data: there is a change beside it
        reached = msgspec.structs.replace(use, kind="change") if use.kind == "set" else use
        for one in self._of_target(target, reached):
            yield msgspec.structs.replace(one, conditional=True) if use.conditional or _is_mention(use) else one
        if use.kind == "change" and self._body(target) is not None:
            yield _change(target.module, target.name, use)

    # --- arguments

    def changed_parameters(self, path: str) -> frozenset[str]:
        """Parameters whose argument a function changes in place, itself or by passing it on."""
        target = self.resolve(path)
        if target is None or self._body(target) is None or target.rest:
            return frozenset()
        return self._changed_by(target.module, target.name)

    def _changed_by(self, module: str, name: str) -> frozenset[str]:
        key = (module, name)
        if key not in self._changed:
            body = self.code(module).bodies[name]
            self._changed[key] = body.changed_parameters
            found = set(body.changed_parameters)
            for call in body.passes:
                target = self._in_module(module, call.function.split("."), 0)
                inner = self._body(target) if target is not None and not target.rest else None
                if target is None or inner is None:
                    continue
                changed = self._changed_by(target.module, target.name)
                found |= {root for where, root in call.arguments if changed.intersection(parameters_at(inner, where))}
            self._changed[key] = frozenset(found & set(body.parameters))
        return self._changed[key]

    # --- loading

    def on_import(self, path: str) -> tuple[Use, ...]:
        """What loading a module, the packages around it, and all that they import, does beside making its own data."""
        target = self.resolve(path)
        if target is None:
            return ()
        found: dict[tuple[object, ...], Use] = {}
        parts = target.module.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            for use in self._loading(module) if module in self._sources else ():
                _add(found, use)
        return tuple(found.values())

    def _loading(self, module: str) -> tuple[Use, ...]:
        if module not in self._on_import:
            self._on_import[module] = ()
            found: dict[tuple[object, ...], Use] = {}
            code = self.code(module)
            for imported in [*code.imports.values(), *code.stars]:
                for use in self.on_import(imported):
                    _add(found, use)
            own = module_variable(module)
            for fact in code.facts:
                for use in self._of_fact(module, fact):
                    if use.name != own and _lasts(use):
                        _add(found, use)
            self._on_import[module] = tuple(found.values())
        return self._on_import[module]

    def _of_fact(self, module: str, fact: Fact) -> Iterator[Use]:
        shared = {"place": fact.place, "conditional": fact.conditional, "within": fact.within}
        if fact.kind == "call":
            yield from self._translated(module, Use("call", fact.name, keywords=fact.keywords, **shared))  # type: ignore[arg-type]
        elif fact.kind == "read" and (fact.called or fact.target):
            # A function that is only named may be a decorator, which is called.
            yield from self._translated(module, Use("read", fact.name, target=fact.target, called=True, **shared))  # type: ignore[arg-type]
        elif fact.kind == "change" and fact.target:
            first = fact.target.partition(".")[0]
            yield from self._translated(module, Use("set", first, target=fact.target, how=fact.how, **shared))  # type: ignore[arg-type]

    # --- data

    def is_fresh(self, module: str, name: str) -> bool:
        """Whether data of a module is another value in each process that loads it."""
        code = self.code(module)
        if code.fresh is None:
            code.fresh = frozenset(self._fresh(code))
        return name in code.fresh

    def _fresh(self, code: ModuleCode) -> Iterator[str]:
        seeded = {generator.variable for use in self.on_import(code.name) for generator in seeded_generators(use.name)}
        for name, value in code.data.items():
            for call in calls_in(value.expression) if value.expression is not None else ():
                path, keywords = called_path(call)
                target = self._in_module(code.name, path.split("."), 0) if path else None
                given = bool(call.args or call.keywords)
                if target is None or target.module:
                    continue
                if is_fresh(target.name, given=given, keywords=keywords, seeded=seeded):
                    yield name

    def is_changeable(self, path: str) -> bool:
        """Whether a path refers to data of a module that can be changed in place."""
        target = self.resolve(path)
        if target is None or target.rest or not target.name or self._body(target) is not None:
            return False
        made = self.code(target.module).data.get(target.name)
        if self.is_fresh(target.module, target.name) and not (made and is_consumable(made.expression)):
            return False  # a value as any other: the name is bound to a new one where it is handed on
        return (
            made is not None
            and not is_immutable(made.expression)
            and not self.code(target.module).is_inert(target.name)
        )

    def unwatched(self, module: str) -> set[str]:
        """Names of a module whose change is no loss: another module's, or what only remembers."""
        code = self.code(module)
        starred = {name for star in code.stars if star in self._sources for name in self.star_names(star)}
        return {*code.remembered, *code.imports, *(starred - code.data.keys())}

    def classes_of(self, module: str) -> list[Body]:
        """Classes that a module has, without what their methods do to names, which are the module's own."""
        code = self.code(module)
        imported = (self.function(path) for path in code.imports.values())
        bodies = (*code.bodies.values(), *(one for one in imported if one is not None))
        return [without_names(body) for body in bodies if body.kind == "class"]

    def libraries(self, module: str) -> frozenset[str]:
        """Top-level modules of libraries that a module uses, itself or through others of the user's own."""
        if module not in self._libraries:
            self._libraries[module] = frozenset()
            found: set[str] = set()
            code = self.code(module)
            for path in {*code.imports.values(), *code.stars}:
                target = self._of_path(path, 0)
                if target is not None:
                    found |= self.libraries(target.module) if target.module else {target.name.partition(".")[0]}
            self._libraries[module] = frozenset(found)
        return self._libraries[module]


def _lasts(use: Use) -> bool:
    """Whether something that happens while a module is loaded can matter to others."""
    if use.kind != "library call":
        return use.kind in {"library set", "module change"}
    return lasts(use.name, use.keywords)


def _path(use: Use) -> str:
    """Dotted path of what a use is of, as the code of the module has it."""
    if use.kind == "set":
        return f"{use.target}{use.how.removesuffix(' =')}".removesuffix("[...]")
    return use.target if use.kind == "read" and use.target else use.name


def _change(module: str, name: str, use: Use, how: str = "") -> Use:
    return Use("module change", module_variable(module), use.place, use.conditional, target=name, how=how)


def _of_library(path: str, use: Use) -> Iterator[Use]:
    if use.kind == "call":
        yield msgspec.structs.replace(use, kind="library call", name=path, statement=None)
    elif use.kind == "set":
        how = use.how if use.how.startswith("[") else ""
        yield msgspec.structs.replace(use, kind="library set", name=path, how=how, statement=None)


def _is_mention(use: Use) -> bool:
    """Whether a function is only named, so that it need not be called."""
    return use.kind == "read" and not use.called


def _add(found: dict[tuple[object, ...], Use], use: Use) -> None:
    known = found.get(use.key)
    if known is None or (known.conditional and not use.conditional):
        found[use.key] = use
