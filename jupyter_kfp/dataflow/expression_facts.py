"""The half of the visitor that reads expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec

from jupyter_kfp.dataflow.expressions import (
    Roots,
    argument_roots,
    call_effects,
    called_path,
    dotted_name,
    ipython_path,
    key_roots,
    last_name,
    literal_value,
    plain_names,
    results_in,
    shared_roots,
    target_names,
    with_targets,
)
from jupyter_kfp.dataflow.facts import ITEM, OPAQUE, Body, Fact, Value
from jupyter_kfp.dataflow.functions import analyse_function
from jupyter_kfp.dataflow.known_calls import CONTAINER_METHODS, KEEPING_METHODS, STORING_FUNCTIONS
from jupyter_kfp.dataflow.run_time_names import (
    part_of_name,
)
from jupyter_kfp.dataflow.scopes import evaluated_at_definition
from jupyter_kfp.dataflow.statement_shapes import single_effect
from jupyter_kfp.dataflow.text_facts import TextVisitor

_EXIT_CODE = "_exit_code"
"""Where IPython puts the status of a shell command."""


class ExpressionVisitor(TextVisitor):
    """Reads expressions; `cell_facts.CellVisitor` adds the statements."""

    # --- values

    def value_of(self, node: ast.expr, *, annotation: ast.expr | None = None) -> Value:
        """Visit an expression and say what is known of its value."""
        value = self.collect([node])
        return Value(
            references=value.references,
            shares=frozenset(root for root in shared_roots(node, self.local_roots()) if self.is_visible(root)),
            keys=key_roots(node, self.local_roots()),
            results=results_in(node, self.local_roots()),
            literal=literal_value(node),
            expression=node,
            annotation=annotation,
            bodies=value.bodies,
        )

    def collect(self, nodes: Iterable[ast.expr]) -> Value:
        """Visit expressions and gather the names and functions in them."""
        with self.apart() as collected:
            for node in nodes:
                self.visit(node)
            return collected()

    @contextmanager
    def apart(self) -> Iterator[Callable[[], Value]]:
        """Gather the names and functions that are met inside; what is given tells them."""
        outer_references, outer_bodies = self._references, self._bodies
        self._references, self._bodies = [], []
        yield lambda: Value(references=tuple(dict.fromkeys(self._references)), bodies=tuple(self._bodies))
        self._references = outer_references + self._references
        self._bodies = outer_bodies + self._bodies

    def _visit_decorator(self, node: ast.expr) -> None:
        """A decorator is called for its effect, too: ``@show.register``."""
        if isinstance(node, ast.Call):
            self.visit_call(node, discarded=True)
        elif isinstance(node, ast.Attribute):
            self.visit_call(ast.copy_location(ast.Call(node, [], []), node), discarded=True)
        else:
            self.visit(node)

    def collect_definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, body: Body, left_out: Iterable[ast.expr] = ()
    ) -> Value:
        """Visit what is evaluated where a function or class is defined; decorators are called with it."""
        first = len(self.facts)
        with self.apart() as collect:
            for decorator in node.decorator_list:
                self._visit_decorator(decorator)
            decorated = range(first, len(self.facts))
            for other in evaluated_at_definition(node):
                if other not in node.decorator_list and other not in left_out:
                    self.visit(other)
            value = collect()
        self.give_to(decorated, body)
        return value

    def give_to(self, facts: Iterable[int], body: Body) -> None:
        """What happens by these facts, by their index, happens with a function or class that is defined."""
        for index in facts:
            fact = self.facts[index]
            if fact.kind in {"read", "change", "method", "call"}:
                given = msgspec.structs.replace(fact.value, bodies=(*fact.value.bodies, body))
                self.facts[index] = msgspec.structs.replace(fact, value=given)

    # --- expressions

    def visit(self, node: ast.AST) -> None:
        """Visit an expression."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.read(name, node)
            case ast.Compare() | ast.Subscript() | ast.Attribute() | ast.Call() if self._visit_namespace(node):
                pass
            case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()):
                self._read_part(node)
            case ast.NamedExpr(target=target, value=value):
                self._visit_walrus(node, target.id, value)
            case ast.BoolOp(values=[first, *rest]):
                self.visit(first)
                self._visit_conditionally(rest)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.visit(test)
                self._visit_conditionally([body])
                self._visit_conditionally([orelse])
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[comparator]):
                self.visit_children(node)
                self.consume([comparator], node)
            case ast.Lambda():
                self._visit_lambda(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._visit_comprehension(node)
            case ast.Call():
                self.visit_call(node)
            case _:
                self.visit_children(node)

    def _read_part(self, node: ast.Attribute | ast.Subscript) -> None:
        """An attribute may be a property that changes its object, an item may be made by a dictionary that lacks it."""
        if isinstance(node, ast.Attribute) and (part := part_of_name(node)):
            self.read(part.partition(".")[0], node, part=part)
        else:
            self.visit_children(node)
        for root in filter(self.is_visible, sorted(shared_roots(node.value, self.local_roots()))):
            if isinstance(node, ast.Attribute):
                self._add_fact("method", root, node, how=node.attr, looked_up=True)
            else:
                self._add_fact("consume", root, node, how=ITEM)

    def visit_annotations(self, nodes: Iterable[ast.expr]) -> None:
        """Visit annotations, which may not be evaluated."""
        self.annotating = True
        self._visit_conditionally(nodes)
        self.annotating = False

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
        if self._is_call_of_namespace(node):
            return
        self._visit_called(node.func)
        given_values = [*node.args, *(keyword.value for keyword in node.keywords)]
        collected = self.collect(given_values)
        if self._sets_attribute(node, collected):
            return
        self._visit_code_in_text(node)
        local = self.local_roots()
        shares: Roots = frozenset()
        if last_name(node.func) in KEEPING_METHODS | STORING_FUNCTIONS:
            shares = shares.union(*(shared_roots(value, local) for value in given_values))
        arguments = Value(references=collected.references, bodies=collected.bodies, shares=shares)
        self._change_by_call(node, arguments, discarded=discarded)
        self._pass_methods(given_values, node)
        self.consume(given_values, node)
        self._note_call(node, arguments)

    def _change_by_call(self, node: ast.Call, arguments: Value, *, discarded: bool) -> None:
        """What a call changes, by its name alone; `arguments` may be kept by what is changed."""
        effects = call_effects(node, self.local_roots(), discarded=discarded)
        for root, how in effects.changed:
            if self.is_visible(root):
                self.change(root, node, how, arguments)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(node.func, ast.Attribute) and effects.changes_receiver:
            self.change_results(node.func.value, node, f".{method}()", arguments)
        for root in filter(self.is_visible, (*effects.unknown, *effects.spared)):
            spared = root in effects.spared
            self._add_fact("method", root, node, how=method, discarded=discarded, spared=spared, value=arguments)

    def _note_call(self, node: ast.Call, arguments: Value) -> None:
        """Who is called, with which arguments."""
        function, keywords = called_path(node)
        function = function or ipython_path(node.func)
        local = self.local_roots()
        given = argument_roots(node, local)
        facts: dict[str, object] = {"arguments": given, "value": arguments}
        if isinstance(node.func, ast.Attribute) and (
            dotted_name(node.func) is None or not self.is_visible((function or "").partition(".")[0])
        ):
            self._add_fact("call", f".{node.func.attr}", node, **facts)
        if function and self.is_visible(function.partition(".")[0]):
            facts |= {"statement": single_effect(self.certain_statement(), node), "keywords": keywords}
            facts["within"] = self.within
            if function == "get_ipython.system":
                self.bind(_EXIT_CODE, node, OPAQUE)
            if function == "get_ipython.run_line_magic":
                facts["how"] = " ".join(str(literal_value(part)) for part in node.args[:2])
            self._add_fact("call", function, node, **facts)
        elif isinstance(node.func, ast.Subscript):
            for root in filter(self.is_visible, sorted(shared_roots(node.func, local))):
                self._add_fact("call", root, node)

    def _pass_methods(self, given: Iterable[ast.expr], node: ast.Call) -> None:
        """Methods of objects are passed to what may call them: ``map(xs.append, ys)``."""
        for method in given:
            if not isinstance(method, ast.Attribute):
                continue
            for root in filter(self.is_visible, sorted(shared_roots(method.value, self.local_roots()))):
                if method.attr in CONTAINER_METHODS:
                    self.change(root, node, f".{method.attr}()")
                else:
                    self._add_fact("method", root, node, how=method.attr, spared=True)

    def _visit_called(self, node: ast.expr) -> None:
        """The expression that says what is called."""
        if isinstance(node, ast.Name):
            self.read(node.id, node, called=True)
        elif part := part_of_name(node):
            self.read(part.partition(".")[0], node, part=part, how="call")
        else:
            self.visit(node)

    def consume(self, nodes: Iterable[ast.expr], where: ast.AST) -> None:
        """Values are looped over, or passed to something that may do so."""
        for name in plain_names(nodes):
            if self.is_visible(name):
                place = self.place_of(where)
                self.facts.append(Fact(kind="consume", name=name, place=place, conditional=self.depth > 0))

    def _add_fact(self, kind: str, name: str, node: ast.expr, **facts: object) -> None:
        common = {"place": self.place_of(node), "conditional": self.depth > 0}
        self.facts.append(Fact(kind=kind, name=name, **common, **facts))  # type: ignore[arg-type]

    def _sets_attribute(self, node: ast.Call, arguments: Value) -> bool:
        """``setattr`` and ``delattr``; the arguments were visited."""
        match node:
            case ast.Call(func=ast.Name(id="setattr"), args=[inner, key, given]):
                prefix, shares = "", shared_roots(given, self.local_roots())
            case ast.Call(func=ast.Name(id="delattr"), args=[inner, key]):
                prefix, shares = "del ", frozenset()
            case _:
                return False
        name = literal_value(key)
        target = ast.Attribute(inner, name if isinstance(name, str) else "…", ast.Store())
        value = Value(references=arguments.references, bodies=arguments.bodies, shares=shares)
        self.change_target(ast.copy_location(target, node), value, prefix)
        return True
