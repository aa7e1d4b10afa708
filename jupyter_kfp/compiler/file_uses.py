"""Where the cells of a notebook use files, in the order in which they run."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from jupyter_kfp.compiler.database_calls import gives_same, only_reads, opens_database, server_name
from jupyter_kfp.compiler.file_calls import call_uses, command_uses, handle_uses, looks_like_a_file
from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.compiler.step_grouping import StepCells
from jupyter_kfp.compiler.text_values import ANY, UNKNOWN, Function, Handle, TextReader, Texts, UseKind, Value
from jupyter_kfp.dataflow.expressions import dotted_name, last_name

_DEEPEST = 4
"""Calls of the notebook's functions by one another that are followed."""
_MOST_CALLS = 300
"""Calls that are followed in a cell."""


class FileUse(msgspec.Struct, frozen=True, kw_only=True):
    """A step does something with a file."""

    kind: UseKind
    name: str
    """Normalised, seen from the notebook's folder; `ANY` in it is any text."""
    code: CellCode
    line: int
    column: int

    @property
    def is_exact(self) -> bool:
        """Whether the whole name is known."""
        return ANY not in self.name


def file_uses(codes: Sequence[CellCode], steps: Sequence[StepCells]) -> list[FileUse]:
    """All uses by cells of steps, those in functions of the notebook by the cells that call them, and declared ones."""
    names: dict[str, Value] = {}
    uses: dict[tuple[str, str, int, int], FileUse] = {}
    folder = "."
    for code in codes:
        walk = _CellWalk(code, names, folder)
        walk.run()
        folder = walk.folder
        if code.owner >= 0:
            for use in [*walk.uses, *_declared(code, steps[code.owner])]:
                uses.setdefault((use.kind, use.name, use.code.cell.number, use.line), use)
    certain = {(use.code.cell.number, use.name) for use in uses.values() if use.kind != "mention"}
    return [use for use in uses.values() if use.kind != "mention" or (use.code.cell.number, use.name) not in certain]


def _declared(code: CellCode, step: StepCells) -> Iterator[FileUse]:
    """What the options of a step say, as if its last cell wrote the files and its first one read them."""
    uses: list[tuple[UseKind, str]] = []
    if code.cell.number == step.cells[0].number:
        uses += [("read", name) for name in step.options.input_files]
    if code.cell.number == step.cells[-1].number:
        uses += [("write", name) for name in step.options.files]
    for kind, name in uses:
        yield FileUse(kind=kind, name=name, code=code, line=1, column=1)


class _CellWalk(ast.NodeVisitor):
    """Goes through one cell; what it binds stays in `names`."""

    def __init__(self, code: CellCode, names: dict[str, Value], folder: str) -> None:
        self.uses: list[FileUse] = []
        self.folder = folder
        """Folder of the process, seen from the notebook's; `ANY` once it cannot be known."""
        self._code = code
        self._names = names
        self._branches = 0
        self._followed = 0
        self._calls: list[ast.Call] = []
        self._returned: list[Texts] = []

    def run(self) -> None:
        for statement in self._code.tree.body:
            self.visit(statement)
        for magic in self._code.magics:
            if magic.kind == "cell" and magic.name in {"bash", "sh", "script", "!", "sx", "system"}:
                for line in self._code.cell.source.splitlines()[magic.line :]:
                    self._use_command(line, magic.line)

    # --- what is bound

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._bind(node.target, ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._bind_items(node.target, node.iter)
        self._branch([*node.body, *node.orelse])

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)
        self._bind_items(node.target, node.iter)
        for condition in node.ifs:
            self.visit(condition)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_all(*node.generators, node.elt)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_all(*node.generators, node.elt)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_all(*node.generators, node.elt)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_all(*node.generators, node.key, node.value)

    def _visit_all(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.visit(node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branch([*node.body, *node.orelse])

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._names[node.name] = Function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Methods are known by their names alone: of what class an object is nobody can tell."""
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                method = Function(statement, is_bound=True)
                self._names[node.name if statement.name == "__init__" else f".{statement.name}"] = method
            else:
                self.visit(statement)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Looked at where it is called."""

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._returned.append(self._reader.texts(node.value))

    def _branch(self, statements: list[ast.stmt]) -> None:
        """Statements that may run or not: what they bind comes beside what was bound before."""
        self._branches += 1
        for statement in statements:
            self.visit(statement)
        self._branches -= 1

    def _bind(self, target: ast.expr, node: ast.expr) -> None:
        if isinstance(target, ast.Name | ast.Attribute):
            name = dotted_name(target) or ""
            self._set(name, self._handle(node, name) or self._reader.value(node))
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(node, ast.Tuple | ast.List):
            for one, value in zip(target.elts, node.elts, strict=False):
                self._bind(one, value)
        else:
            self._forget(target)

    def _handle(self, node: ast.expr, name: str) -> Handle | None:
        """What a setup cell binds to a name if steps use files through it: each of them has an object of its own."""
        if self._code.owner >= 0 or not isinstance(node, ast.Call):
            return None
        uses = handle_uses(node, self._reader)
        if not uses and opens_database(node) and node.args and not self._reader.texts(node.args[0]):
            uses = frozenset({("write", server_name(name))})  # whichever it is, it is one and the same
        if uses:
            return Handle(uses)
        sources = (self._names.get(dotted_name(one) or "") for one in gives_same(node))
        return next((one for one in sources if isinstance(one, Handle)), None)

    def _bind_items(self, target: ast.expr, node: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._set(target.id, self._reader.items(node))
        else:
            self._forget(target)

    def _forget(self, target: ast.expr) -> None:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                self._names.pop(part.id, None)

    def _set(self, name: str, value: Value) -> None:
        before = self._names.get(name)
        if self._branches and isinstance(before, frozenset) and isinstance(value, frozenset):
            value = before | value
        self._names[name] = value

    # --- what is used

    def visit_Name(self, node: ast.Name) -> None:
        handle = self._names.get(node.id)
        if isinstance(handle, Handle) and isinstance(node.ctx, ast.Load):
            self._use_handle(handle, node)

    def _use_handle(self, handle: Handle, node: ast.expr, *, only_reads: bool = False) -> None:
        for kind, name in sorted(handle.uses):
            self._use("read" if only_reads else kind, name, node)

    def _visit_arguments(self, node: ast.Call) -> None:
        """Handles that are given to a function of the notebook are used where that uses them."""
        is_own = self._function(node) is not None
        self.visit(node.func)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            handle = self._names.get(argument.id) if isinstance(argument, ast.Name) else None
            if not isinstance(handle, Handle) or not (is_own or only_reads(node)):
                self.visit(argument)
            elif not is_own:
                self._use_handle(handle, argument, only_reads=True)

    def visit_Call(self, node: ast.Call) -> None:
        self._visit_arguments(node)
        path = dotted_name(node.func) or ""
        if isinstance(node.func, ast.Attribute) and _is_shell(node.func):
            self._use_magic(node)
        elif path in {"os.chdir", "chdir"} and node.args:
            self._change_folder(self._reader.texts(node.args[0]))
        else:
            function = self._function(node)
            if function is not None:
                self._walk_function(function, node)
            if function is None or function.is_bound:
                for kind, name in call_uses(node, self._reader):
                    self._use(kind, name, node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._use_module(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level:
            self._use_module(node.module, node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._visit_all(*(part for part in node.values if not isinstance(part, ast.Constant)))

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Pieces of a text are no names."""
        self._visit_all(*(part for part in (node.left, node.right) if not isinstance(part, ast.Constant)))

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and looks_like_a_file(node.value):
            self._use("mention", node.value, node)

    @property
    def _reader(self) -> TextReader:
        return TextReader(self._names, self._result)

    def _use(self, kind: UseKind, name: str, node: ast.expr) -> None:
        full = name if name.startswith(("/", "~")) else posixpath.join(self.folder, name)
        place = self._calls[0] if self._calls else node
        self.uses.append(
            FileUse(
                kind=kind,
                name=posixpath.normpath(full),
                code=self._code,
                line=place.lineno,
                column=place.col_offset + 1,
            )
        )

    def _use_module(self, module: str, node: ast.stmt) -> None:
        """A cell above may write the module."""
        place = ast.Constant("", lineno=node.lineno, col_offset=node.col_offset)
        name = module.replace(".", "/")
        for file in (f"{name}.py", f"{name.partition('/')[0]}/__init__.py"):
            self._use("import", file, place)

    def _use_command(self, text: str, line: int) -> None:
        place = ast.Constant("", lineno=line, col_offset=0)
        for kind, name in command_uses(text):
            self._use(kind, name, place)

    def _use_magic(self, node: ast.Call) -> None:
        words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        method = last_name(node.func)
        if method in {"system", "getoutput"} and words:
            self._use_command(words[0], node.lineno)
        elif len(words) > 1 and words[0] in {"writefile", "file"}:
            self._use("write", words[1].split()[-1] if words[1].strip() else "", node)
        elif len(words) > 1 and words[0] == "cd":
            self._change_folder(frozenset({words[1].strip("'\"")}) if words[1] else UNKNOWN)
        elif len(words) > 1 and words[0] in {"mkdir", "rm", "rmdir", "cp", "mv", "cat", "ls", "save"}:
            self._use_command(f"{words[0]} {words[1]}", node.lineno)

    def _change_folder(self, texts: Texts) -> None:
        known = next(iter(texts)) if len(texts) == 1 and not self._branches else ANY
        self.folder = posixpath.normpath(posixpath.join(self.folder, known))

    # --- functions of the notebook

    def _function(self, call: ast.Call) -> Function | None:
        """The notebook's own function that is called."""
        name = f".{call.func.attr}" if isinstance(call.func, ast.Attribute) else last_name(call.func)
        found = self._names.get(name)
        return found if isinstance(found, Function) else None

    def _result(self, call: ast.Call) -> Texts:
        function = self._function(call)
        if function is None:
            return UNKNOWN
        noted = len(self.uses)
        returned = self._walk_function(function, call)
        del self.uses[noted:]  # known from the visit of the call
        return returned

    def _walk_function(self, function: Function, call: ast.Call) -> Texts:
        if len(self._calls) >= _DEEPEST or call in self._calls or self._followed >= _MOST_CALLS:
            return UNKNOWN
        self._followed += 1
        self._calls.append(call)  # before the arguments are read: a default may call the function of the same name
        try:
            arguments = dict(_bound_arguments(function, call, self._reader))
            return self._walk_body(function, arguments)
        finally:
            self._calls.pop()

    def _walk_body(self, function: Function, arguments: Mapping[str, Value]) -> Texts:
        own = {
            part.id
            for part in ast.walk(function.node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        outside, returned = dict(self._names), self._returned
        for name in own:
            self._names.pop(name, None)
        self._names.update(arguments)
        self._returned = []
        try:
            if isinstance(function.node, ast.Lambda):
                self.visit(function.node.body)
                self._returned.append(self._reader.texts(function.node.body))
            else:
                for statement in function.node.body:
                    self.visit(statement)
            return frozenset(text for texts in self._returned for text in texts)
        finally:
            self._returned = returned
            attributes = {name: value for name, value in self._names.items() if name.startswith("self.")}
            self._names.clear()
            self._names.update(outside | attributes)


def _is_shell(function: ast.Attribute) -> bool:
    return isinstance(function.value, ast.Call) and last_name(function.value.func) == "get_ipython"


def _bound_arguments(function: Function, call: ast.Call, reader: TextReader) -> Iterator[tuple[str, Value]]:
    """Parameters of a function with the values that a call gives them; unknown ones hide names outside."""
    given = function.node.args
    positional = [*given.posonlyargs, *given.args][1 if function.is_bound else 0 :]
    for parameter in (*positional, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))):
        yield parameter.arg, UNKNOWN
    for parameter, default in zip(reversed(positional), reversed(given.defaults), strict=False):
        yield parameter.arg, reader.value(default)
    for parameter, keyword_default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if keyword_default is not None:
            yield parameter.arg, reader.value(keyword_default)
    for parameter, node in zip(positional, call.args, strict=False):
        yield parameter.arg, reader.value(node)
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, reader.value(keyword.value)
