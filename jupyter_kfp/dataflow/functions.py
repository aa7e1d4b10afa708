"""What functions, lambdas and classes do to the notebook's names once they are called."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import msgspec

from jupyter_kfp.dataflow.class_parts import (
    as_method,
    changeable_parts,
    close_over_calls,
    drawn_parts,
    functions_in,
    has_own_equality,
    is_drawn_part,
    is_part_of_class,
    is_setter,
    is_special,
    runs_unnamed,
    takes_class,
)
from jupyter_kfp.dataflow.expressions import (
    NONE,
    call_effects,
    called_path,
    dotted_name,
    holder_path,
    ipython_path,
    last_name,
    shared_roots,
    with_targets,
)
from jupyter_kfp.dataflow.facts import ITEM, Body, CallResult, Place, Use, UseKind
from jupyter_kfp.dataflow.function_scope import FunctionScope
from jupyter_kfp.dataflow.function_text import text_uses
from jupyter_kfp.dataflow.known_calls import GENERATOR_METHODS, METACLASSES, SILENT_CALLS, keeps_results
from jupyter_kfp.dataflow.process_state import UNKNOWN_METHODS
from jupyter_kfp.dataflow.scopes import FunctionNode, evaluated_at_definition, local_bindings
from jupyter_kfp.dataflow.state_slots import RESTORING
from jupyter_kfp.dataflow.statement_shapes import restoring_managers, single_effect

_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.BoolOp, ast.IfExp)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def analyse_function(node: FunctionNode, cell: int, enclosing: frozenset[str] = frozenset()) -> Body:
    """Analyse a function or lambda; `enclosing` are the names local to the functions around it."""
    return _FunctionReader(node, cell, enclosing).read()


def analyse_class(node: ast.ClassDef, cell: int, enclosing: frozenset[str] = frozenset()) -> Body:
    """Analyse the methods of a class. What its body does when the class is made is not part of the result."""
    uses: list[Use] = []
    changes: dict[str, bool] = {}
    calls: dict[str, set[tuple[str, bool]]] = {}
    unnamed: set[str] = set()
    bodies: dict[str, Body] = {}
    returned: set[str] = set()
    giving: set[str] = set()
    for function in functions_in(node.body):
        reader = _FunctionReader(function, cell, enclosing, node)
        body = reader.read()
        uses += [use.perhaps for use in body.uses]
        returned |= body.returned_names
        if isinstance(function, ast.Lambda):
            continue
        body, changed = as_method(function, body)
        if function in node.body or function.name not in bodies:  # not those of nested classes
            bodies[function.name] = body
        if is_setter(function):
            continue
        changes[function.name] = changes.get(function.name, False) or changed
        calls[function.name] = reader.own_methods
        giving |= {function.name} if body.parameters[:1] and body.parameters[0] in body.returned_roots else set()
        unnamed |= {function.name} if runs_unnamed(function) else set()
    close_over_calls(changes, calls)
    properties = {name for name in unnamed if not is_special(name)}
    has_state = bool(changeable_parts(node)) or any(use.kind == "change" and use.name == node.name for use in uses)
    # An instance needs its class: methods are looked up there.
    uses.append(Use("read", node.name, Place(cell, node.lineno, node.col_offset + 1), conditional=True))
    return Body(
        kind="class",
        name=node.name,
        uses=tuple(uses),
        methods=changes,
        returned_names=frozenset(returned),
        giving=frozenset(giving),
        has_state=has_state,
        is_identity=not has_own_equality(node),
        is_metaclass=any(last_name(base) in METACLASSES for base in node.bases),
        changes_on_use=any(changes[name] for name in unnamed - properties),
        method_bodies=bodies,
        changing_properties=frozenset(name for name in properties if changes[name]),
    )


class _FunctionReader(FunctionScope):
    """Reads one function; flow-insensitive, but for whether a use is certain once the function is called."""

    def __init__(
        self, node: FunctionNode, cell: int, enclosing: frozenset[str], of_class: ast.ClassDef | None = None
    ) -> None:
        super().__init__(node, enclosing)
        self._cell = cell
        self._uses: list[Use] = []
        self._changed: set[str] = set()
        self._called: set[str] = set()
        self._referenced: set[str] = set()
        self._nested: list[Use] = []
        self._changed_outer: set[str] = set()
        self._makes_stateful = False
        self._is_audible = False
        self._depth = 0
        self._within: frozenset[str] = NONE
        self._statement: ast.stmt | None = None
        self._receiver = self._parameters[0] if of_class and self._parameters else None
        self._takes_class = of_class is not None and takes_class(node)
        self._class = of_class.name if of_class else ""
        self._class_parts = changeable_parts(of_class) if of_class else NONE
        self._drawn_parts = drawn_parts(of_class) if of_class else NONE
        self.own_methods: set[tuple[str, bool]] = set()
        """Methods that it calls on its own instance, of which nothing is known yet; whether the result is discarded."""

    def read(self) -> Body:
        self._learn()
        is_lambda = isinstance(self._node, ast.Lambda)
        for node in self._body:
            self._visit(node, discarded=is_lambda)
        if isinstance(self._node, ast.Lambda):
            self._give(self._node.body)
        return Body(
            kind="lambda" if is_lambda else "function",
            name="" if isinstance(self._node, ast.Lambda) else self._node.name,
            uses=tuple(self._uses),
            parameters=self._parameters,
            collecting=self._collecting,
            changed_parameters=frozenset(self._changed),
            returned_names=frozenset(self._referenced),
            called_names=frozenset(self._called),
            returned_uses=tuple(self._nested),
            returns=None if isinstance(self._node, ast.Lambda) else self._node.returns,
            keeps_state=self._keeps_state or bool(self._changed & self._defaulted()),
            makes_stateful=self._makes_stateful,
            changed_outer=frozenset(self._changed_outer),
            stores=frozenset(self._stores),
            passes=tuple(self._passes),
            returned_roots=frozenset(self._returned),
            returned_results=tuple(self._returned_results),
            parts_share=self._parts_share,
            is_cached=not isinstance(self._node, ast.Lambda) and keeps_results(self._node),
            is_audible=self._is_audible,
        )

    # --- uses

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self._statement = node
        elif isinstance(node, (ast.Yield, ast.YieldFrom)):
            self._give(node.value)
        for kind, name in text_uses(node, self._roots):
            self._use(kind, name, node)
        if self._receiver and isinstance(node, ast.expr) and is_drawn_part(node, self._receiver, self._drawn_parts):
            self._change_root(self._receiver, node)
            self._change_class(node, node)

    def _visit(self, node: ast.AST, *, discarded: bool = False) -> None:
        self._note(node)
        match node:
            case ast.Name(id=name, ctx=ctx):
                self._visit_name(node, name, ctx)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                self._visit_scope(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._visit_comprehension(node)
            case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
                self._is_audible = self._is_audible or self._may_be_heard(call)
                self._visit_call(call, discarded=True)
            case ast.Call():
                self._visit_call(node, discarded=discarded)
            case ast.Attribute(value=inner, ctx=context) | ast.Subscript(value=inner, ctx=context):
                if not isinstance(context, ast.Load):
                    self._change(node, inner)
                    self._visit_children(node)
                elif not (self._read_part(node, "") or self._read_item(node)):
                    self._visit_children(node)
            case ast.NamedExpr(target=target, value=value):
                self._visit_in_order([value, target])
            case ast.With() | ast.AsyncWith():
                self._visit_with(node)
            case ast.stmt():
                self._visit_statement(node)
            case _:
                self._visit_children(node)

    def _visit_with(self, node: ast.With | ast.AsyncWith) -> None:
        outer, self._within = self._within, self._within | restoring_managers(node, RESTORING)
        self._statement = None
        self._visit_children(node)
        self._within = outer

    def _visit_statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._store(targets, [value])
                self._visit_in_order([value, *targets])
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._store([target], [value])
                self._visit_in_order([value, target])
            case ast.AugAssign(target=ast.Attribute() | ast.Subscript() as target):
                self._change_class(node, target)
                self._visit_children(node)
            case ast.AugAssign(target=ast.Name() as target):
                self._visit(ast.copy_location(ast.Name(target.id, ast.Load()), target))
                self._change(node, target)
                self._visit_in_order([node.value, target])
            case ast.Return(value=value):
                self._give(value)
                self._visit_children(node)
            case ast.ImportFrom() | ast.Import():
                for name in local_bindings([node])[0] & self._globals:
                    self._use("write", name, node)
            case _:
                self._visit_children(node)

    def _visit_in_order(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._visit(node)

    def _visit_children(self, node: ast.AST) -> None:
        branches = isinstance(node, _BRANCHES)
        self._depth += branches
        for child in ast.iter_child_nodes(node):
            self._visit(child)
        self._depth -= branches
        if isinstance(node, _LEAVING) and self._depth:
            self._depth += 1  # what follows is no longer certain; never taken back

    def _visit_name(self, node: ast.Name, name: str, ctx: ast.expr_context) -> None:
        if name in self._roots:
            return
        if isinstance(ctx, ast.Load):
            self._referenced.add(name)
            self._use("read", name, node)
        elif name in self._globals:
            self._use("write" if isinstance(ctx, ast.Store) else "delete", name, node)

    def _read_part(self, node: ast.AST, how: str) -> bool:
        """``a.b.c`` is read, of a name that is not local; False if it is nothing of the kind."""
        part = dotted_name(node) if isinstance(node, ast.Attribute) else None
        root = (part or "").partition(".")[0]
        if part and root in self._given:  # it may be a property that changes its object
            self._passes.append(CallResult(part, ()))
            if part.count(".") == 1 and root == self._receiver:
                self.own_methods.add((part.partition(".")[2], False))
        if not part or root in self._roots:
            return False
        self._referenced.add(root)
        self._uses.append(Use("read", root, self._place(node), self._depth > 0, target=part, how=how))
        return True

    def _read_item(self, node: ast.AST) -> bool:
        """``a[k]`` is read, of a name that is not local; False if it is nothing of the kind."""
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=key) if name not in self._roots:
                self._referenced.add(name)
                self._uses.append(Use("read", name, self._place(node), self._depth > 0, how=ITEM))
                self._visit(key)
                return True
        return False

    def _visit_scope(self, node: FunctionNode | ast.ClassDef) -> None:
        for part in evaluated_at_definition(node):
            self._visit(part)
        if isinstance(node, ast.ClassDef):
            body = analyse_class(node, self._cell, self._local_names())
            uses = [use for use in body.uses if use.name not in self._roots]
            class_names, _, _ = local_bindings(node.body)
            shadowed = {name: NONE for name in class_names if name not in self._roots}
            self._roots |= shadowed
            for statement in node.body:
                if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self._visit(statement)
            for name in shadowed:
                del self._roots[name]
        else:
            nested = analyse_function(node, self._cell, self._local_names())
            self._makes_stateful = self._makes_stateful or nested.keeps_state or nested.makes_stateful
            if not isinstance(node, ast.Lambda):  # it holds what it closes over
                inside = [self._roots.get(part.id, NONE) for part in ast.walk(node) if isinstance(part, ast.Name)]
                self._roots[node.name] = self._roots.get(node.name, NONE).union(*inside)
            for name in nested.changed_outer:  # as soon as it is called, which may be here
                self._change_roots(self._roots.get(name, NONE), node)
            uses = list(nested.uses)
        self._nested += uses
        self._uses += [use.perhaps for use in uses]

    def _local_names(self) -> frozenset[str]:
        return frozenset(self._roots)

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        outer, self._roots = self._roots, with_targets(node.generators, self._roots)
        self._visit_children(node)
        self._roots = outer

    def _visit_call(self, node: ast.Call, *, discarded: bool) -> None:
        if isinstance(node.func, ast.Name) and node.func.id not in self._roots:
            self._called.add(node.func.id)
            self._use("read", node.func.id, node.func, called=True)
        elif not self._read_part(node.func, "call"):
            self._visit(node.func)
        path, keywords = called_path(node)
        path = path or ipython_path(node.func)
        self._pass_on(node)
        self._store_by_call(node)
        found = self._paths.resolve(path) if path else None
        if found is not None:
            kind: UseKind = "library call" if found[1] else "call"
            self._touch(Use(kind, found[0], self._place(node), keywords=keywords), node)
        elif last_name(node.func) in UNKNOWN_METHODS and "random_state" not in keywords:
            self._use("method", last_name(node.func), node)
        for part in [*node.args, *node.keywords]:
            self._visit(part)
        effects = call_effects(node, self._roots, discarded=discarded)
        for root, _ in () if self._spares_data(node) else effects.changed:
            self._change_root(root, node)
        if effects.changed and isinstance(node.func, ast.Attribute):
            self._change_class(node, node.func.value)
        if isinstance(node.func, ast.Attribute):
            self._visit_method(node, node.func, effects.unknown, discarded=discarded)

    def _visit_method(self, node: ast.Call, called: ast.Attribute, unknown: Iterable[str], *, discarded: bool) -> None:
        """What a method may change that no table knows for certain; `unknown` are the names of its receivers."""
        if called.attr in GENERATOR_METHODS:  # of a generator, as in ``def draw(n, rng=rng)``
            self._change_roots(shared_roots(called.value, self._roots) & self._defaulted(), node)
        for root in unknown:
            if root == self._receiver:
                self.own_methods.add((called.attr, discarded))
            elif discarded:
                self._change_root(root, node)

    def _may_be_heard(self, call: ast.Call) -> bool:
        """Whether a call for its effect does something beside changing what is local to the function."""
        if dotted_name(call.func) in SILENT_CALLS:
            return False
        return not isinstance(call.func, ast.Attribute) or bool(shared_roots(call.func.value, self._roots))

    def _change(self, node: ast.AST, inner: ast.expr) -> None:
        self._change_roots(shared_roots(inner, self._roots), node)
        self._change_class(node, inner)
        holder = holder_path(node)
        found = self._paths.resolve(holder) if holder else None
        if found is not None:
            how = f".{node.attr} =" if isinstance(node, ast.Attribute) else "[...] ="
            kind: UseKind = "library set" if found[1] else "set"
            name = found[0] if found[1] else found[0].partition(".")[0]
            self._touch(Use(kind, name, self._place(node), target=found[0], how=how), node)

    def _change_roots(self, roots: Iterable[str], node: ast.AST) -> None:
        for root in sorted(roots):
            self._change_root(root, node)

    def _touch(self, use: Use, node: ast.AST) -> None:
        """Something that may be imported is called or set."""
        statement = None if self._depth else single_effect(self._statement, node)
        if statement is not None and any(
            isinstance(part, ast.Name) and part.id in self._roots for part in ast.walk(statement)
        ):
            statement = None
        self._uses.append(
            msgspec.structs.replace(use, conditional=self._depth > 0, statement=statement, within=self._within)
        )

    def _change_class(self, node: ast.AST, inner: ast.expr) -> None:
        """A method changes what all instances share."""
        if self._receiver and is_part_of_class(inner, self._receiver, self._class_parts):
            self._use("change", self._class, node)

    def _change_root(self, root: str, node: ast.AST) -> None:
        if root in self._given and root in self._roots:
            self._changed.add(root)
            if root == self._receiver and self._takes_class:
                self._use("change", self._class, node)
        elif root in self._enclosing:
            self._keeps_state = True
            self._changed_outer.add(root)
        else:
            self._use("change", root, node)

    def _use(self, kind: UseKind, name: str, node: ast.AST, *, called: bool = False) -> None:
        self._uses.append(Use(kind, name, self._place(node), self._depth > 0, called))

    def _place(self, node: ast.AST) -> Place:
        return Place(self._cell, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
