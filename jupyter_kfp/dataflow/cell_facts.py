"""Turn the code of one cell into facts, following the paths through it.

Statements are read in the order in which they run. Where paths meet, a name counts as bound if all of them bind it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Mapping

import msgspec

from jupyter_kfp.dataflow.expression_facts import ExpressionVisitor
from jupyter_kfp.dataflow.expressions import (
    default_roots,
    is_class_of_instance,
    key_roots,
    literal_value,
    makes_figure,
    results_in,
    shared_roots,
    target_names,
)
from jupyter_kfp.dataflow.facts import OPAQUE, Fact, Imported, Place, Value
from jupyter_kfp.dataflow.functions import analyse_class, analyse_function
from jupyter_kfp.dataflow.run_time_names import is_namespace, parsed
from jupyter_kfp.dataflow.scopes import local_bindings
from jupyter_kfp.dataflow.state_slots import RESTORING
from jupyter_kfp.dataflow.statement_shapes import (
    annotation_expressions,
    catches_name_errors,
    constant_truth,
    only_imports,
    own_statements,
    pairs,
    part_of,
    restoring_managers,
)

_SUPPRESSING = frozenset({"suppress", "raises", "assertRaises"})


def cell_facts(tree: ast.Module, cell: int, shell_names: Mapping[int, list[str]] | None = None) -> list[Fact]:
    """Facts of a cell, in order.

    `cell` is its number in the notebook, for the places; `shell_names` are the names in its shell lines, by line.
    """
    visitor = CellVisitor(cell, shell_names or {})
    visitor.visit_statements(tree.body)
    return visitor.facts


def facts_of_text(text: str, place: Place) -> list[Fact]:
    """Facts of code in text, all at the place where it is run; it may fail, so that nothing in it is certain."""
    visitor = CellVisitor(place.cell, {})
    with visitor.conditionally():
        visitor.visit_statements(parsed(text, ast.Pass(lineno=place.line, col_offset=place.column - 1)))
    return visitor.facts


class CellVisitor(ExpressionVisitor):
    """Statements; expressions are in the base class."""

    def visit_statements(self, body: Iterable[ast.stmt]) -> None:
        """Visit statements one after the other."""
        for statement in body:
            self.statement = None if self.depth or self.scopes else statement
            method: Callable[[ast.stmt], None] | None = getattr(self, f"visit_{type(statement).__name__}", None)
            if method:
                method(statement)
            else:
                self.visit_children(statement)

    # --- paths

    def _branches(self, branches: Iterable[Callable[[], None]], *, exhaustive: bool) -> None:
        """Visit alternatives from the same start; `exhaustive` if one of them is always taken."""
        start = self.bound.copy()
        ends: list[set[str]] = [] if exhaustive else [start]
        was_alive = self.alive
        for branch in branches:
            self.bound, self.alive = start.copy(), was_alive
            with self.conditionally():
                branch()
            if self.alive:
                ends.append(self.bound)
        self.alive = was_alive and bool(ends)
        self.bound = set.intersection(*ends) if ends else start
        self._settle(self.bound - start)

    def _settle(self, names: Iterable[str]) -> None:
        if not self.depth:
            self.facts += [
                Fact(kind="settle", name=name, place=self.place_of(self.last_node)) for name in sorted(names)
            ]

    def visit_If(self, node: ast.If) -> None:  # noqa: N802
        """``if``; conditions that are always true or false in a notebook are known."""
        self.visit(node.test)
        match constant_truth(node.test):
            case True:
                self.visit_statements(node.body)
            case False:
                self.visit_statements(node.orelse)
            case _:
                branches = [lambda: self.visit_statements(node.body), lambda: self.visit_statements(node.orelse)]
                self._branches(branches, exhaustive=True)

    def visit_Match(self, node: ast.Match) -> None:  # noqa: N802
        """``match``; exhaustive only with a case that takes anything."""
        value = self.value_of(node.subject)

        def run(case: ast.match_case) -> None:
            self._bind_pattern(case.pattern, value)
            if case.guard:
                self.visit(case.guard)
            self.visit_statements(case.body)

        last = node.cases[-1]
        takes_all = last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        self._branches([functools.partial(run, case) for case in node.cases], exhaustive=takes_all)

    def _bind_pattern(self, pattern: ast.pattern, value: Value) -> None:
        for part in ast.walk(pattern):
            match part:
                case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                    self.bind(name, part, value.part)
                case ast.MatchMapping(rest=str() as name):
                    self.bind(name, part, value.part)
                case ast.MatchValue(value=expression):
                    self.visit(expression)
                case ast.MatchClass(cls=expression):
                    self.visit(expression)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:  # noqa: N802
        """``for``: perhaps no turn at all."""
        value = self.value_of(node.iter)
        self.consume([node.iter], node)
        item = value.part

        def turn() -> None:
            self.bind_target(node.target, item)
            self.visit_statements(node.body)

        self._loop(turn, node.body, node.orelse)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_While(self, node: ast.While) -> None:  # noqa: N802
        """``while``."""
        self.visit(node.test)

        def turn() -> None:
            self.visit_statements(node.body)
            self.visit(node.test)

        self._loop(turn, node.body, node.orelse)

    def _loop(self, turn: Callable[[], None], body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        # Outermost loops are read twice: an alias made in one turn is used in the next.
        turns = [turn] if self.depth else [turn, turn]
        for one in turns:
            self._branches([one], exhaustive=False)
        if any(isinstance(part, ast.Break) for statement in body for part in own_statements(statement)):
            self._branches([lambda: self.visit_statements(orelse)], exhaustive=False)
        else:
            self.visit_statements(orelse)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:  # noqa: N802
        """``try``: a handler may see any part of the body done."""
        before = self.bound.copy()
        catches = any(catches_name_errors(handler) for handler in node.handlers)

        def body() -> None:
            self.catching += catches
            self.visit_statements(node.body)
            self.catching -= catches
            self.visit_statements(node.orelse)

        def handler(clause: ast.ExceptHandler) -> None:
            self.bound = before.copy()
            if clause.type:
                self.visit(clause.type)
            if clause.name:
                self.bind(clause.name, clause, OPAQUE)
            self.visit_statements(clause.body)
            if clause.name:
                self.delete(clause.name, clause)

        if node.handlers:
            handlers = [functools.partial(handler, clause) for clause in node.handlers]
            self._branches([body, *handlers], exhaustive=True)
        else:
            body()
        self._finally(node.finalbody, before)
        if not self.depth and only_imports(node):
            self._bind_fallback(node)

    def _bind_fallback(self, node: ast.Try | ast.TryStar) -> None:
        """``try: import a except ImportError: a = None`` is replayed as a whole."""
        imports = [part for part in ast.walk(node) if isinstance(part, (ast.Import, ast.ImportFrom))]
        first = imports[0]
        module = first.module or "" if isinstance(first, ast.ImportFrom) else first.names[0].name
        root = "" if isinstance(first, ast.ImportFrom) and first.level else module.partition(".")[0]
        for name in sorted(local_bindings([node])[0]):
            imported = Imported(path=module, statement=ast.unparse(node), root=root)
            self.bind(name, node, Value(imported=imported))

    visit_TryStar = visit_Try  # noqa: N815

    def _finally(self, body: list[ast.stmt], before: set[str]) -> None:
        if not body:
            return
        after, alive = self.bound, self.alive
        # Once as it runs after a failure, where only what was bound before is certain, once as after success.
        self.bound = before & after
        with self.conditionally():
            self.visit_statements(body)
        self.bound, self.alive = after, alive
        self.visit_statements(body)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:  # noqa: N802
        """``with``; a manager that swallows exceptions makes its body conditional."""
        suppresses, outer = False, self.within
        self.within |= restoring_managers(node, RESTORING)
        for item in node.items:
            value = self.value_of(item.context_expr)
            called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
            suppresses = suppresses or (getattr(called, "attr", None) or getattr(called, "id", "")) in _SUPPRESSING
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, value)
        if suppresses:
            self.catching += 1
            self._branches([lambda: self.visit_statements(node.body)], exhaustive=False)
            self.catching -= 1
        else:
            self.visit_statements(node.body)
        self.within = outer

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_Raise(self, node: ast.Raise) -> None:  # noqa: N802
        """``raise`` ends its path."""
        self.visit_children(node)
        self.alive = False

    def _leave(self, _node: ast.stmt) -> None:
        self.alive = False

    visit_Break = visit_Continue = _leave  # noqa: N815

    # --- binding

    def visit_Assign(self, node: ast.Assign) -> None:  # noqa: N802
        """``a = b = value``, with tuples taken apart where both sides are written out."""
        value = self.value_of(node.value)
        for index, target in enumerate(node.targets):
            before = [name for earlier in node.targets[:index] for name in target_names(earlier)]
            # Several targets are several names for one object.
            self._assign(target, node.value, msgspec.structs.replace(value, shares=value.shares.union(before)))

    def _assign(self, target: ast.expr, expression: ast.expr, value: Value) -> None:
        found = pairs(target, expression)
        if found is None:
            self.bind_target(target, value)
            return
        local = self.local_roots()
        for index, (inner, part) in enumerate(found):
            part_value = Value(
                references=value.references,
                shares=shared_roots(part, local) | (value.shares if len(found) == 1 else frozenset()),
                keys=key_roots(part, local),
                results=results_in(part, local),
                literal=literal_value(part),
                expression=part,
                bodies=value.bodies,
            )
            self.bind_target(inner, part_value, together=index < len(found) - 1)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:  # noqa: N802
        """``x: T = value``; without a value nothing is bound."""
        self.visit_annotations([node.annotation])
        if node.value is not None:
            self.bind_target(node.target, self.value_of(node.value, annotation=node.annotation))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:  # noqa: N802
        """``x += value`` changes a list in place, so it counts as a change."""
        if isinstance(node.target, ast.Name):
            self.read(node.target.id, node.target)
        else:
            self.visit_children(node.target)
        value = self.value_of(node.value)
        of_class = is_class_of_instance(node.target)
        # What a mask picks is a copy when it is read, but here it is put back.
        holder = node.target.value if isinstance(node.target, ast.Subscript) else node.target
        for root in sorted(shared_roots(holder, self.local_roots())):
            self.change(root, node.target, "+=", value, of_class=of_class)
        self.change_results(node.target, node.target, "+=", value)
        if isinstance(node.target, ast.Name) and self.is_visible(node.target.id):
            self.bound.add(node.target.id)

    def visit_Delete(self, node: ast.Delete) -> None:  # noqa: N802
        """``del``."""
        for target in node.targets:
            if isinstance(target, (ast.Tuple, ast.List)):
                self.visit_Delete(ast.Delete(target.elts))
            elif isinstance(target, ast.Name):
                self.delete(target.id, target)
            elif isinstance(target, ast.Subscript) and is_namespace(target.value):
                self.visit(target.slice)
                self.change_target(target, OPAQUE, "del ")
            else:
                self.visit_children(target)
                self.change_target(target, OPAQUE, "del ")

    def visit_Import(self, node: ast.Import) -> None:  # noqa: N802
        """``import a.b`` binds a, ``import a.b as c`` binds a.b as c."""
        for alias in node.names:
            statement = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            top = alias.name.partition(".")[0]
            imported = Imported(path=alias.name if alias.asname else top, statement=statement, root=top)
            self.bind(alias.asname or top, alias, Value(imported=imported))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:  # noqa: N802
        """``from a import b``."""
        module = "." * node.level + (node.module or "")
        root = "" if node.level else module.partition(".")[0]
        if module == "__future__":
            features = ", ".join(alias.name for alias in node.names)
            self.facts.append(Fact(kind="call", name="__future__", place=self.place_of(node), how=features))
            return
        for alias in node.names:
            if alias.name == "*":
                self.facts.append(Fact(kind="star", name=module, place=self.place_of(node), conditional=self.depth > 0))
                continue
            statement = f"from {module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            imported = Imported(path=f"{module}.{alias.name}", statement=statement, root=root)
            self.bind(alias.asname or alias.name, alias, Value(imported=imported))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:  # noqa: N802
        """Its body is read, but happens only where it is called."""
        body = analyse_function(node, self.cell, self.local_names())
        value = self.collect_definition(node, body)
        self.visit_annotations(annotation_expressions(node))
        held = default_roots(node.args, self.local_roots())
        self.bind(node.name, node, Value(references=value.references, shares=held, bodies=(body, *value.bodies)))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:  # noqa: N802
        """The class body runs now, in a scope of its own; methods do not see that scope."""
        body = analyse_class(node, self.cell, self.local_names())
        inherited = [base for base in node.bases if isinstance(base, ast.Name)]
        first = len(self.facts)
        for base in inherited:
            self.read(base.id, base, how="inherit")
        self.give_to(range(first, len(self.facts)), body)
        value = self.collect_definition(node, body, left_out=inherited)
        references = (*((base.id, False) for base in inherited), *value.references)
        inside = self._visit_class_body(node)
        bodies = (body, *value.bodies, *inside.bodies)
        self.bind(node.name, node, Value(references=references, bodies=bodies, inside=inside.references))

    def _visit_class_body(self, node: ast.ClassDef) -> Value:
        """Run the body of a class, and say what its attributes may hold."""
        with self.apart() as inside, self.class_scope():
            self.visit_statements(node.body)
            return inside()

    def visit_Expr(self, node: ast.Expr) -> None:  # noqa: N802
        """An expression for its effect."""
        inner = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(inner, ast.Call):
            self.visit_call(inner, discarded=True)
        else:
            self.visit(node.value)

    def bind_target(self, target: ast.expr, value: Value, *, together: bool = False) -> None:
        """Bind what an assignment target says."""
        match target:
            case ast.Name(id=name):
                self.bind(name, target, value, together=together)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                before: frozenset[str] = frozenset()
                for part in parts:
                    piece = part_of(value, frozenset(target_names(target)))
                    if makes_figure(piece.expression):  # a figure and its axes are parts of one another
                        piece = msgspec.structs.replace(piece, shares=piece.shares | before)
                        before |= frozenset(target_names(part))
                    self.bind_target(part, piece, together=together)
            case ast.Starred(value=part):
                self.bind_target(part, value, together=together)
            case ast.Subscript(value=inner, slice=key) if is_namespace(inner):
                self.visit(key)
                self.change_target(target, value)
            case _:
                self.visit_children(target)
                self.change_target(target, value)
