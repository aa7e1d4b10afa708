"""``%run``: the code of scripts and notebooks beside the notebook, as if it stood in the cell that runs them."""

from __future__ import annotations

import ast
import posixpath
import shlex
from collections.abc import Iterable, Mapping

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.ipython_syntax import to_python
from jupyter_kfp.notebook.notebook_folder import NotebookFolder
from jupyter_kfp.notebook.notebook_reader import read_notebook

_ENDINGS = ("", ".py", ".ipy", ".ipynb")
_DEEPEST = 5


class ProgramReader(ast.NodeTransformer):
    """Puts the code of programs into the tree of a cell.

    Attributes
    ----------
    unknown:
        Programs that were not found, are no Python or are named at run time: line of the ``%run``, and its text.

    """

    def __init__(
        self, folder: NotebookFolder | None, written: Mapping[str, bytes | None] | None = None, *, depth: int = 0
    ) -> None:
        """`written` are programs by path that cells above write; None: in pieces, so that nobody knows the whole."""
        self._folder = folder
        self._written = written or {}
        self._depth = depth
        self.unknown: list[tuple[int, str]] = []

    def put_into(self, tree: ast.Module) -> ast.Module:
        """The tree of a cell, with the code of the programs that it runs."""
        expanded: ast.Module = self.visit(tree)
        return expanded

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        """A statement, of which ``%run`` is one."""
        text = _run_text(node.value)
        body = self._code(text) if text is not None else None
        if body is None:
            return self.generic_visit(node)
        for part in (part for statement in body for part in ast.walk(statement)):
            if hasattr(part, "lineno"):
                ast.copy_location(part, node)
        return [node, *body]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call; a ``%run`` that is no statement of its own, or cannot be looked into, is noted."""
        text = _run_text(node)
        if text is not None:
            self.unknown.append((node.lineno, text))
        return self.generic_visit(node)

    def _code(self, text: str) -> list[ast.stmt] | None:
        path = _program(text)
        if path is None or self._folder is None or self._depth >= _DEEPEST:
            return None
        for ending in _ENDINGS:
            name = posixpath.normpath(path + ending)
            content = self._written[name] if name in self._written else self._folder.read(name)
            if name in self._written and content is None:
                return None
            if content is not None:
                return self._parsed(path + ending, content)
        return None

    def _parsed(self, path: str, content: bytes) -> list[ast.stmt] | None:
        try:
            sources: Iterable[str] = [content.decode()]
            if path.endswith(".ipynb"):
                sources = [cell.source for cell in read_notebook(content).code_cells]
        except (UnicodeDecodeError, KfpError):
            return None
        inner = ProgramReader(self._folder, self._written, depth=self._depth + 1)
        body: list[ast.stmt] = []
        for source in sources:
            tree = to_python(source).tree
            if tree is None:
                return None
            body += inner.put_into(tree).body
        return None if inner.unknown else body


def _run_text(node: ast.expr) -> str | None:
    """Arguments of ``%run``; None if the expression is anything else."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr="run_line_magic"),
            args=[ast.Constant(value="run"), ast.Constant(value=str() as text), *_],
        ):
            return text
    return None


def _program(text: str) -> str | None:
    """Path of what ``%run`` runs; None if it is a module, or known only at run time."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    while words and words[0].startswith("-"):
        if words[0] == "-m":
            return None
        words = words[2:] if words[0] == "-N" else words[1:]
    return None if not words or any(sign in words[0] for sign in "{}$~*") else words[0]
