"""In which folders a notebook's imports look for the user's own modules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from jupyter_kfp.compiler.folder_expressions import FolderReader, statements_of
from jupyter_kfp.dataflow.expressions import dotted_name, literal_value


class SearchFolders:
    """The folders, seen from that of the notebook; found by reading its code from top to bottom."""

    def __init__(self) -> None:
        self._in_front: list[str] = []
        self._current: list[str] = ["."]
        self._behind: list[str] = []

    @property
    def folders(self) -> list[str]:
        """All of them, in the order in which Python looks; folders that the process changed to count from the last."""
        return list(dict.fromkeys([*self._in_front, *reversed(self._current), *self._behind]))

    def read(self, trees: Iterable[ast.Module], file: str = "") -> None:
        """Read cells, in the order of the notebook, or the module `file`."""
        reader = FolderReader(file)
        for tree in trees:
            for statement in statements_of(tree.body):
                reader.learn(statement)
                self._read_statement(statement, reader)

    def _read_statement(self, statement: ast.stmt, reader: FolderReader) -> None:
        match statement:
            case ast.Expr(value=ast.Call() as call):
                self._read_call(call, reader)
            case ast.AugAssign(target=target, op=ast.Add(), value=value) if dotted_name(target) == "sys.path":
                self._add(_elements(value), reader, in_front=False)
            case ast.Assign(targets=[target], value=ast.BinOp(left=left, op=ast.Add(), right=right)):
                if dotted_name(target) == "sys.path":
                    self._add(_elements(left), reader, in_front=True)
                    self._add(_elements(right), reader, in_front=False)

    def _read_call(self, call: ast.Call, reader: FolderReader) -> None:
        match dotted_name(call.func), call.args:
            case "sys.path.append" | "site.addsitedir" | "path.append", [folder]:
                self._add([folder], reader, in_front=False)
            case "sys.path.insert" | "path.insert", [_, folder]:
                self._add([folder], reader, in_front=True)
            case "sys.path.extend", [folders]:
                self._add(_elements(folders), reader, in_front=False)
            case "os.chdir" | "chdir", [folder]:
                self._change(reader, reader.place(folder))
            case None, [ast.Constant(value="cd"), text]:  # get_ipython().run_line_magic('cd', '..')
                plain = literal_value(text)
                folder = ast.Constant(plain.strip().strip("'\"")) if isinstance(plain, str) else text
                self._change(reader, reader.place(folder))

    def _add(self, nodes: Sequence[ast.expr], reader: FolderReader, *, in_front: bool) -> None:
        found = [place for node in nodes if (place := reader.place(node)) is not None]
        if in_front:
            self._in_front = [*found, *self._in_front]
        else:
            self._behind += found

    def _change(self, reader: FolderReader, folder: str | None) -> None:
        reader.current = folder
        if folder is not None:
            self._current.append(folder)


def _elements(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, (ast.List, ast.Tuple)) else []
