"""The half of the visitor that reads expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from jupyter_kfp.dataflow.expressions import (
    Roots,
    argument_roots,
    call_effects,
    called_path,
    dotted_name,
    key_roots,
    last_name,
    literal_value,
    plain_names,
    results_in,
    shared_roots,
    target_names,
    with_targets,
)
from jupyter_kfp.dataflow.fact_collector import FactCollector
from jupyter_kfp.dataflow.facts import OPAQUE, Body, Fact, Value
from jupyter_kfp.dataflow.functions import analyse_function
from jupyter_kfp.dataflow.known_calls import CONTAINER_METHODS, KEEPING_METHODS
from jupyter_kfp.dataflow.run_time_names import (
    CODE_RUNNERS,
    bound_items,
    is_main_module,
    is_namespace,
    is_query,
    names_in_query,
    parsed,
    part_of_name,
)
from jupyter_kfp.dataflow.scopes import evaluated_at_definition
from jupyter_kfp.dataflow.statement_shapes import single_effect


class ExpressionVisitor(FactCollector):
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
            case ast.Compare() | ast.Subscript() | ast.Attribute() | ast.Call() if self._visit_namespace(node):
                pass
            case ast.Attribute(ctx=ast.Load()) if part := part_of_name(node):
                self.read(part.partition(".")[0], node, part=part)
                self._read_attribute(node)
            case ast.Attribute(ctx=ast.Load()):
                self.visit_children(node)
                self._read_attribute(node)
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

    def visit_children(self, node: ast.AST) -> None:
        """Visit the expressions inside a node."""
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def _read_attribute(self, node: ast.Attribute) -> None:
        """An attribute may be a property that changes its object."""
        for root in filter(self.is_visible, sorted(shared_roots(node.value, self.local_roots()))):
            place = self.place_of(node)
            fact = Fact(
                kind="method", name=root, place=place, conditional=self.depth > 0, how=node.attr, looked_up=True
            )
            self.facts.append(fact)

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
        if last_name(node.func) in KEEPING_METHODS:
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
            self._add_call_fact("method", root, node, how=method, discarded=discarded, spared=spared, value=arguments)

    def _note_call(self, node: ast.Call, arguments: Value) -> None:
        """Who is called, with which arguments."""
        function, keywords = called_path(node)
        local = self.local_roots()
        given = argument_roots(node, local)
        facts: dict[str, object] = {"arguments": given, "value": arguments}
        if isinstance(node.func, ast.Attribute) and (
            dotted_name(node.func) is None or not self.is_visible((function or "").partition(".")[0])
        ):
            self._add_call_fact("call", f".{node.func.attr}", node, **facts)
        if function and self.is_visible(function.partition(".")[0]):
            facts |= {"statement": single_effect(self.certain_statement(), node), "keywords": keywords}
            facts["within"] = self.within
            if function == "get_ipython.run_line_magic":
                facts["how"] = " ".join(str(literal_value(part)) for part in node.args[:2])
            self._add_call_fact("call", function, node, **facts)
        elif isinstance(node.func, ast.Subscript):
            for root in filter(self.is_visible, sorted(shared_roots(node.func, local))):
                self._add_call_fact("call", root, node)

    def _pass_methods(self, given: Iterable[ast.expr], node: ast.Call) -> None:
        """Methods of objects are passed to what may call them: ``map(xs.append, ys)``."""
        for method in given:
            if not isinstance(method, ast.Attribute):
                continue
            for root in filter(self.is_visible, sorted(shared_roots(method.value, self.local_roots()))):
                if method.attr in CONTAINER_METHODS:
                    self.change(root, node, f".{method.attr}()")
                else:
                    self._add_call_fact("method", root, node, how=method.attr, spared=True)

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

    def _add_call_fact(self, kind: str, name: str, node: ast.Call, **facts: object) -> None:
        common = {"place": self.place_of(node), "conditional": self.depth > 0}
        self.facts.append(Fact(kind=kind, name=name, **common, **facts))  # type: ignore[arg-type]

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

    def _visit_code_in_text(self, node: ast.Call) -> None:
        """Names in text that is run as code: eval, exec, DataFrame.query, the shell lines of IPython."""
        match node.func:
            case ast.Name(id=name) if name in CODE_RUNNERS and self.is_visible(name):
                if all(is_namespace(given) for given in node.args[1:]):
                    self._visit_source(node.args[0] if node.args else None, name, node)
                elif name == "exec":
                    for root in sorted(shared_roots(node.args[1], self.local_roots())):
                        self.change(root, node, "exec()")
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

    def visit_statements(self, body: Iterable[ast.stmt]) -> None:
        """Visit statements; `CellVisitor` knows how."""
        raise NotImplementedError
