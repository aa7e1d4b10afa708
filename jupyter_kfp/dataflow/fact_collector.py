"""The facts of a cell while they are collected, and what is known at the point that has been reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from jupyter_kfp.dataflow.expressions import (
    Roots,
    context_root,
    holder_path,
    is_class_of_instance,
    literal_value,
    results_in,
    shared_roots,
)
from jupyter_kfp.dataflow.facts import OPAQUE, Body, Fact, Place, Value
from jupyter_kfp.dataflow.run_time_names import is_main_module, is_namespace
from jupyter_kfp.dataflow.statement_shapes import single_effect


class FactCollector:
    """Collects facts; `expression_facts` and `cell_facts` read the code."""

    def __init__(self, cell: int, shell_names: Mapping[int, list[str]]) -> None:
        self.cell = cell
        self._shell_names = shell_names
        self.facts: list[Fact] = []
        self.bound: set[str] = set()
        """Names of the notebook that are bound for certain at this point, by this cell."""
        self.alive = True
        """False after ``raise``, ``break``, ``continue``: this path ends."""
        self.depth = 0
        """Branches, loops, handlers around this point."""
        self.catching = 0
        """Handlers of NameError around this point."""
        self.scopes: list[tuple[dict[str, Roots], bool]] = []
        """Comprehensions and class bodies around this point: their names with roots; whether it is a class."""
        self.annotating = False
        """Within an annotation."""
        self.last_node: ast.AST = ast.Pass(lineno=1, col_offset=0)
        self.statement: ast.stmt | None = None
        """The statement around this point, if it is one of the cell's own that runs for certain."""
        self.within: frozenset[str] = frozenset()
        """Context managers around this point that put settings back, by the last part of their name."""
        self._references: list[tuple[str, bool]] = []
        self._bodies: list[Body] = []

    # --- state

    @contextmanager
    def conditionally(self) -> Iterator[None]:
        """What happens inside may not happen."""
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def class_scope(self) -> Iterator[None]:
        """What is bound inside stays inside."""
        self.scopes.append(({}, True))
        yield
        self.scopes.pop()

    def certain_statement(self) -> ast.stmt | None:
        """The statement around this point, if what happens here does so whenever the statement runs."""
        return None if self.depth or self.scopes else self.statement

    def place_of(self, node: ast.AST) -> Place:
        """Where a node is."""
        return Place(self.cell, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)

    def is_visible(self, name: str) -> bool:
        """Whether a name here means the notebook's, not one of a scope around this point."""
        inside_comprehension = False
        for names, is_class in reversed(self.scopes):
            if name in names and not (is_class and inside_comprehension):
                return False
            inside_comprehension = inside_comprehension or not is_class
        return True

    def local_roots(self) -> dict[str, Roots]:
        """Names of the scopes around this point, with what they stand for."""
        merged: dict[str, Roots] = {}
        for names, _ in self.scopes:
            merged |= names
        return merged

    def local_names(self) -> frozenset[str]:
        """Names that functions defined here take from scopes around them: those of comprehensions only."""
        return frozenset(name for names, is_class in self.scopes if not is_class for name in names)

    # --- facts

    def read(
        self, name: str, node: ast.AST, *, called: bool = False, soft: bool = False, part: str = "", how: str = ""
    ) -> None:
        """A name is read; `soft` if that may not happen, or may fail without harm; `part`, dotted, is what of it."""
        if not self.is_visible(name):
            return
        self._references += [(name, called), (part, called or how == "call")] if part else [(name, called)]
        self.facts.append(
            Fact(
                kind="read",
                name=name,
                place=self.place_of(node),
                conditional=self.depth > 0 or soft,
                bound=name in self.bound,
                called=called,
                caught=self.catching > 0 or soft,
                target=part,
                how="annotation" if self.annotating else how,
            )
        )

    def bind(self, name: str, node: ast.AST, value: Value, *, together: bool = False) -> None:
        """A name is bound, in the class body around this point if there is one."""
        if self.scopes and self.scopes[-1][1]:
            self.scopes[-1][0][name] = value.shares
            return
        self.last_node = node
        self.facts.append(
            Fact(
                kind="bind",
                name=name,
                place=self.place_of(node),
                conditional=self.depth > 0,
                value=value,
                together=together,
            )
        )
        self.bound.add(name)

    def delete(self, name: str, node: ast.AST) -> None:
        """A name is unbound."""
        if not self.is_visible(name):
            return
        self.facts.append(
            Fact(
                kind="delete",
                name=name,
                place=self.place_of(node),
                conditional=self.depth > 0,
                bound=name in self.bound,
                caught=self.catching > 0,
            )
        )
        self.bound.discard(name)

    def change(self, root: str, node: ast.AST, how: str, value: Value = OPAQUE, *, of_class: bool = False) -> None:
        """An object, or its class, is changed in place; `value` is what is put into it."""
        self.facts.append(
            Fact(
                kind="change",
                name=root,
                place=self.place_of(node),
                conditional=self.depth > 0,
                bound=root in self.bound,
                caught=self.catching > 0,
                value=value,
                how=how,
                of_class=of_class,
                target=holder_path(node),
                statement=single_effect(self.certain_statement(), node),
                within=self.within,
            )
        )

    def change_target(self, target: ast.expr, value: Value, prefix: str = "") -> None:
        """An item or attribute is set or deleted."""
        match target:
            case ast.Attribute(value=inner, attr=attribute) if is_main_module(inner):
                self.bind_in_namespace(ast.Constant(attribute), target, value, deletes=bool(prefix))
                return
            case ast.Subscript(value=inner, slice=key) if is_namespace(inner):
                self.bind_in_namespace(key, target, value, deletes=bool(prefix))
                return
            case ast.Attribute(value=inner, attr=attribute):
                how = f"{prefix}.{attribute}" if prefix else f".{attribute} ="
            case ast.Subscript(value=inner, slice=key):
                how = f"{prefix}[...]" if prefix else "[...] ="
                value = msgspec.structs.replace(value, keys=shared_roots(key, self.local_roots()))
            case _:
                return
        roots = shared_roots(inner, self.local_roots()) or context_root(inner)
        for root in sorted(roots):
            if self.is_visible(root):
                self.change(root, target, how, value, of_class=is_class_of_instance(inner))
        self.change_results(inner, target, how, value)

    def change_results(self, node: ast.expr, where: ast.AST, how: str, value: Value) -> None:
        """What calls in an expression returned is changed in place."""
        for result in results_in(node, self.local_roots()):
            fact = Fact(
                kind="change result",
                name=result.function,
                arguments=result.arguments,
                place=self.place_of(where),
                conditional=self.depth > 0,
                how=how,
                value=value,
            )
            self.facts.append(fact)

    def bind_in_namespace(self, key: ast.expr, node: ast.AST, value: Value, *, deletes: bool) -> None:
        """An item of the notebook's namespace is set or deleted."""
        name = literal_value(key)
        if not isinstance(name, str):
            self.dynamic("globals()", "delete" if deletes else "write", key, node)
        elif deletes:
            self.delete(name, node)
        else:
            self.bind(name, node, value)

    def dynamic(self, what: str, how: str, text: ast.expr | None, node: ast.AST) -> None:
        """Names are used that only `text` tells, which may be known where the notebook is traced; see `Fact`."""
        fact = Fact(
            kind="dynamic",
            name=what,
            how=how,
            place=self.place_of(node),
            conditional=self.depth > 0,
            value=Value(expression=text),
        )
        self.facts.append(fact)
