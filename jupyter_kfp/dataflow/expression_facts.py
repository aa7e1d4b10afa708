"""The half of the visitor that reads expressions, and the state that both halves share."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from jupyter_kfp.dataflow.expressions import (
    Roots,
    argument_roots,
    assigned_values,
    call_effects,
    called_path,
    context_root,
    dotted_name,
    last_name,
    literal_value,
    plain_names,
    repeatable_source,
    shared_roots,
    target_names,
    with_targets,
)
from jupyter_kfp.dataflow.facts import OPAQUE, Body, Fact, Place, Value
from jupyter_kfp.dataflow.functions import analyse_function, evaluated_at_definition
from jupyter_kfp.dataflow.known_calls import KEEPING_METHODS

_NAMESPACES = frozenset({"globals", "locals", "vars", "dir"})
_CODE_RUNNERS = frozenset({"eval", "exec"})
_QUERY_METHODS = frozenset({"query", "eval"})
_AT_NAME = re.compile(r"@(\w+)")


class ExpressionVisitor:
    """Collects the facts of a cell; `cell_facts.CellVisitor` adds the statements."""

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
        self.last_node: ast.AST = ast.Pass(lineno=1, col_offset=0)
        self.statement: ast.stmt | None = None
        """The statement around this point, if it is one of the cell's own that runs for certain."""
        self._references: list[tuple[str, bool]] = []
        self._bodies: list[Body] = []

    # --- state

    @contextmanager
    def conditionally(self) -> Iterator[None]:
        """What happens inside may not happen."""
        self.depth += 1
        yield
        self.depth -= 1

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

    def read(self, name: str, node: ast.AST, *, called: bool = False, soft: bool = False) -> None:
        """A name is read; `soft` if that may not happen, or may fail without harm."""
        if not self.is_visible(name):
            return
        self._references.append((name, called))
        self.facts.append(
            Fact(
                kind="read",
                name=name,
                place=self.place_of(node),
                conditional=self.depth > 0 or soft,
                bound=name in self.bound,
                called=called,
                caught=self.catching > 0 or soft,
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

    def change(self, root: str, node: ast.AST, how: str, value: Value = OPAQUE) -> None:
        """An object is changed in place; `value` is what is put into it."""
        inner = node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None
        inner = inner.func if isinstance(inner, ast.Call) and context_root(inner) else inner
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
                target=(dotted_name(inner) or "") if inner is not None else "",
                statement=repeatable_source(
                    self.statement,
                    node,
                    [*assigned_values(self.statement), *([node.slice] if isinstance(node, ast.Subscript) else [])],
                ),
            )
        )

    def change_target(self, target: ast.expr, value: Value, prefix: str = "") -> None:
        """An item or attribute is set or deleted."""
        match target:
            case ast.Attribute(value=inner, attr=attribute):
                how = f"{prefix}.{attribute}" if prefix else f".{attribute} ="
            case ast.Subscript(value=inner):
                how = f"{prefix}[...]" if prefix else "[...] ="
                if self._is_namespace(inner):
                    self._bind_in_namespace(target, value, deletes=bool(prefix))
                    return
            case _:
                return
        roots = shared_roots(inner, self.local_roots()) or context_root(inner)
        for root in sorted(roots):
            if self.is_visible(root):
                self.change(root, target, how, value)

    def _is_namespace(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NAMESPACES

    def _bind_in_namespace(self, target: ast.Subscript, value: Value, *, deletes: bool) -> None:
        name = literal_value(target.slice)
        if not isinstance(name, str):
            self._dynamic("globals()", target)
        elif deletes:
            self.delete(name, target)
        else:
            self.bind(name, target, value)

    def _dynamic(self, what: str, node: ast.AST) -> None:
        self.facts.append(Fact(kind="dynamic", name=what, place=self.place_of(node), conditional=self.depth > 0))

    # --- values

    def value_of(self, node: ast.expr, *, annotation: ast.expr | None = None) -> Value:
        """Visit an expression and say what is known of its value."""
        value = self.collect([node])
        return Value(
            references=value.references,
            shares=frozenset(root for root in shared_roots(node, self.local_roots()) if self.is_visible(root)),
            literal=literal_value(node),
            expression=node,
            annotation=annotation,
            bodies=value.bodies,
        )

    def collect(self, nodes: Iterable[ast.expr]) -> Value:
        """Visit expressions and gather the names and functions in them."""
        outer_references, outer_bodies = self._references, self._bodies
        self._references, self._bodies = [], []
        for node in nodes:
            self.visit(node)
        value = Value(references=tuple(dict.fromkeys(self._references)), bodies=tuple(self._bodies))
        self._references = outer_references + self._references
        self._bodies = outer_bodies + self._bodies
        return value

    # --- expressions

    def visit(self, node: ast.AST) -> None:
        """Visit an expression."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.read(name, node)
            case ast.NamedExpr(target=target, value=value):
                self._visit_walrus(node, target.id, value)
            case ast.BoolOp(values=[first, *rest]):
                self.visit(first)
                self._visit_conditionally(rest)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.visit(test)
                self._visit_conditionally([body])
                self._visit_conditionally([orelse])
            case ast.Compare(left=ast.Constant(value=str() as name), comparators=[comparator]) if self._is_namespace(
                comparator
            ):
                self.read(name, node, soft=True)
            case ast.Lambda():
                self._visit_lambda(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._visit_comprehension(node)
            case ast.Call():
                self.visit_call(node)
            case ast.Subscript(value=inner, slice=ast.Constant(value=str() as name)) if self._is_namespace(inner):
                self.read(name, node)
            case _:
                self.visit_children(node)

    def visit_children(self, node: ast.AST) -> None:
        """Visit the expressions inside a node."""
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def _visit_conditionally(self, nodes: Iterable[ast.expr]) -> None:
        before = self.bound.copy()
        with self.conditionally():
            for node in nodes:
                self.visit(node)
        self.bound = before

    def _visit_walrus(self, node: ast.AST, name: str, expression: ast.expr) -> None:
        value = self.value_of(expression)
        comprehensions = []
        while self.scopes and not self.scopes[-1][1]:  # a walrus binds outside of the comprehensions around it
            comprehensions.append(self.scopes.pop())
        self.bind(name, node, value)
        self.scopes += reversed(comprehensions)
        if comprehensions:
            self.bound.discard(name)

    def _visit_lambda(self, node: ast.Lambda) -> None:
        for default in evaluated_at_definition(node):
            self.visit(default)
        body = analyse_function(node, self.cell, self.local_names())
        self._bodies.append(body)
        self._may_happen(body)

    def _may_happen(self, body: Body) -> None:
        """A lambda may be called by the statement that it is in."""
        for use in body.uses:
            if use.kind in {"read", "change", "call"} and self.is_visible(use.name.partition(".")[0]):
                fact = Fact(
                    kind=use.kind,
                    name=use.name,
                    place=use.place,
                    conditional=True,
                    bound=use.name in self.bound,
                    called=use.called,
                    caught=True,
                    how="in a lambda",
                )
                self.facts.append(fact)

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        self.consume([node.generators[0].iter], node)
        roots = with_targets(node.generators, self.local_roots())
        names = {name: roots[name] for generator in node.generators for name in target_names(generator.target)}
        before = self.bound.copy()
        self.scopes.append((names, False))
        with self.conditionally():
            for index, generator in enumerate(node.generators):
                if index:
                    self.visit(generator.iter)
                for condition in generator.ifs:
                    self.visit(condition)
            for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
                self.visit(part)
        self.scopes.pop()
        self.bound &= before

    # --- calls

    def visit_call(self, node: ast.Call, *, discarded: bool = False) -> None:
        """A call: what it reads, then what it changes."""
        if isinstance(node.func, ast.Name):
            self.read(node.func.id, node.func, called=True)
        else:
            self.visit(node.func)
        given_values = [*node.args, *(keyword.value for keyword in node.keywords)]
        collected = self.collect(given_values)
        self._visit_code_in_text(node)
        local = self.local_roots()
        shares: Roots = frozenset()
        if last_name(node.func) in KEEPING_METHODS:
            shares = shares.union(*(shared_roots(value, local) for value in given_values))
        arguments = Value(references=collected.references, bodies=collected.bodies, shares=shares)
        effects = call_effects(node, local, discarded=discarded)
        for root, how in effects.changed:
            if self.is_visible(root):
                self.change(root, node, how, arguments)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        for root in (*effects.unknown, *effects.spared):
            if self.is_visible(root):
                spared = root in effects.spared
                self._add_call_fact(
                    "method", root, node, how=method, discarded=discarded, spared=spared, value=arguments
                )
        function, keywords = called_path(node)
        given = argument_roots(node, local)
        self.consume(given_values, node)
        if function and self.is_visible(function.partition(".")[0]):
            statement = repeatable_source(self.statement, node, given_values) if "." in function else ""
            facts = {"arguments": given, "value": arguments, "statement": statement, "keywords": keywords}
            if function == "get_ipython.run_line_magic":
                facts["how"] = " ".join(str(literal_value(part)) for part in node.args[:2])
            self._add_call_fact("call", function, node, **facts)

    def consume(self, nodes: Iterable[ast.expr], where: ast.AST) -> None:
        """Values are looped over, or passed to something that may do so."""
        for name in plain_names(nodes):
            if self.is_visible(name):
                place = self.place_of(where)
                self.facts.append(Fact(kind="consume", name=name, place=place, conditional=self.depth > 0))

    def _add_call_fact(self, kind: str, name: str, node: ast.Call, **facts: object) -> None:
        common = {"place": self.place_of(node), "conditional": self.depth > 0}
        self.facts.append(Fact(kind=kind, name=name, **common, **facts))  # type: ignore[arg-type]

    def _visit_code_in_text(self, node: ast.Call) -> None:
        """Names in text that is run as code: eval, exec, DataFrame.query, the shell lines of IPython."""
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        match node.func:
            case ast.Name(id=name) if name in _CODE_RUNNERS and self.is_visible(name):
                self._visit_source(texts[0] if texts else None, name, node)
            case ast.Attribute(attr=name) if name in _QUERY_METHODS:
                for text in texts:
                    for found in _AT_NAME.findall(text):
                        self.read(found, node, soft=True)
            case ast.Attribute(attr="get", value=inner) if self._is_namespace(inner) and texts:
                self.read(texts[0], node, soft=True)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))):
                for found in self._shell_names.get(node.lineno, []):
                    self.read(found, node, soft=True)

    def _visit_source(self, source: str | None, what: str, node: ast.AST) -> None:
        if source is None:
            self._dynamic(f"{what}()", node)
            return
        try:
            tree = ast.parse(source)
        except SyntaxError:
            return  # the cell fails in the notebook too
        for part in ast.walk(tree):
            if hasattr(part, "lineno"):
                ast.copy_location(part, node)
        with self.conditionally():
            self.visit_statements(tree.body)

    def visit_statements(self, body: Iterable[ast.stmt]) -> None:
        """Visit statements; `CellVisitor` knows how."""
        raise NotImplementedError
