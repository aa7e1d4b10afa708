"""The part of the visitor that reads names in text: items of the notebook's namespace, code and queries in strings."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable

from jupyter_kfp.dataflow.expressions import last_name, literal_value, shared_roots
from jupyter_kfp.dataflow.fact_collector import FactCollector
from jupyter_kfp.dataflow.facts import OPAQUE, Value
from jupyter_kfp.dataflow.run_time_names import (
    CODE_RUNNERS,
    bound_items,
    is_main_module,
    is_namespace,
    is_query,
    names_in_query,
    parsed,
)


class TextVisitor(FactCollector, ABC):
    """Reads names that are text; `expression_facts.ExpressionVisitor` adds the expressions."""

    def _visit_namespace(self, node: ast.expr) -> bool:
        """Visit an expression that takes something out of the notebook's namespace; False if it is none."""
        match node:
            case ast.Compare(left=key, comparators=[inner]) if is_namespace(inner):
                self.visit(key)
                self._look_up(key, node, soft=True)
            case ast.Subscript(value=inner, slice=key) if is_namespace(inner):
                self.visit(key)
                self._look_up(key, node)
            case ast.Attribute(value=inner, attr=name, ctx=ast.Load()) if is_main_module(inner) and name != "__dict__":
                self.visit_children(node)
                self.read(name, node)
            case _ if is_namespace(node):
                self.visit_children(node)
                self.dynamic(f"{last_name(getattr(node, 'func', node))}()", "read", None, node)
            case _:
                return False
        return True

    def _look_up(self, key: ast.expr, node: ast.AST, *, soft: bool = False) -> None:
        """An item of the notebook's namespace is taken; `soft` if it need not be there."""
        name = literal_value(key)
        if isinstance(name, str):
            self.read(name, node, soft=soft)
        else:
            self.dynamic("globals()", "read", key, node)

    def _is_call_of_namespace(self, node: ast.Call) -> bool:
        """Visit a call of a method of the notebook's namespace, ``globals().update(x=1)``; False if it is none."""
        match node.func:
            case ast.Attribute(value=inner, attr=method) if is_namespace(inner):
                pass
            case _:
                return False
        for given in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(given)
        key = node.args[0] if node.args else ast.Constant("")
        match method:
            case "get" | "__getitem__" | "__contains__":
                self._look_up(key, node, soft=True)
            case "pop" | "__delitem__":
                self._look_up(key, node, soft=len(node.args) > 1)
                self.bind_in_namespace(key, node, OPAQUE, deletes=True)
            case "update":
                for name, value in bound_items(node) or []:
                    self.bind(name, node, self.value_of(value))
                if bound_items(node) is None:
                    self.dynamic("globals()", "write", None, node)
            case "setdefault" | "__setitem__":
                with self.conditionally():
                    self.bind_in_namespace(key, node, self.collect(node.args[1:]), deletes=False)
            case _:
                self.dynamic("globals()", "read", None, node)
        return True

    def _visit_code_in_text(self, node: ast.Call) -> None:
        """Names in text that is run as code: eval, exec, cProfile.run, DataFrame.query, the shell lines of IPython."""
        match node.func:
            case ast.Name(id=name) if name in CODE_RUNNERS and self.is_visible(name):
                if all(is_namespace(given) for given in node.args[1:]):
                    self._visit_source(node.args[0] if node.args else None, name, node)
                elif name == "exec":
                    for root in sorted(shared_roots(node.args[1], self.local_roots())):
                        self.change(root, node, "exec()")
            case ast.Attribute(value=ast.Name(id="cProfile" | "profile" as module), attr="run") if node.args:
                if self.is_visible(module):
                    self._visit_source(node.args[0], "exec", node)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))):
                for found in self._shell_names.get(node.lineno, []):
                    self.read(found, node, soft=True)
            case _ if is_query(node):
                for text in node.args:
                    self._visit_query(text, node)

    def _visit_query(self, text: ast.expr, node: ast.AST) -> None:
        known = literal_value(text)
        if isinstance(known, str):
            for found in names_in_query(known):
                self.read(found, node, soft=True)
        elif not isinstance(text, ast.Constant):
            self.dynamic("query()", "query", text, node)

    def _visit_source(self, text: ast.expr | None, what: str, node: ast.AST) -> None:
        source = literal_value(text)
        if isinstance(source, str):
            with self.conditionally():
                self.visit_statements(parsed(source, node))
        else:
            self.dynamic(f"{what}()", CODE_RUNNERS[what], text, node)

    @abstractmethod
    def visit_statements(self, body: Iterable[ast.stmt]) -> None:
        """Visit statements; `CellVisitor` knows how."""

    @abstractmethod
    def visit(self, node: ast.AST) -> None:
        """Visit an expression; `ExpressionVisitor` knows how."""

    def visit_children(self, node: ast.AST) -> None:
        """Visit the expressions inside a node."""
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    @abstractmethod
    def value_of(self, node: ast.expr, *, annotation: ast.expr | None = None) -> Value:
        """Visit an expression and say what is known of its value; `ExpressionVisitor` knows how."""

    @abstractmethod
    def collect(self, nodes: Iterable[ast.expr]) -> Value:
        """Visit expressions and gather the names and functions in them; `ExpressionVisitor` knows how."""
