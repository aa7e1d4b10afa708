"""Pipeline parameters from the cells tagged ``parameters``.

What counts is as for papermill: each assignment of a literal is a parameter; its type is that of the annotation, of a
``# type:`` comment, or of the value; the comment on the last line of the assignment describes it. Papermill reads
lines with a regular expression; here the syntax tree is read, so that values over several lines come out right.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import Any

import msgspec

from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.ipython_syntax import PythonSource, to_python
from jupyter_kfp.notebook.literals import Literal, NotLiteralError, UnfitValueError
from jupyter_kfp.notebook.notebook import NotebookCell
from jupyter_kfp.notebook.parameter_types import (
    fits,
    type_in_words,
    type_of_annotation,
    type_of_comment,
    type_of_value,
)
from jupyter_kfp.notebook.source_text import source_lines
from jupyter_kfp.spec.model import ParameterType

_MAX_DESCRIPTION = 1024
_TYPE_COMMENT = re.compile(r"type:\s*(\S+)\s*(.*)", re.DOTALL)
_MOVE = "move it to a cell below, so that it follows the parameters' values"


class NotebookParameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter."""

    name: str
    """As Python folds it (NFKC)."""
    parameter_type: ParameterType
    default: Any = msgspec.UNSET
    """JSON value; UNSET if it must be given (``x: int`` without a value)."""
    description: str = ""
    optional: bool = True
    """It may be left out of a run: it has a default, which may be None."""
    cell: int
    line: int
    column: int = 1

    @property
    def has_default(self) -> bool:
        """Whether there is a default; None is one."""
        return self.default is not msgspec.UNSET


def read_parameters(cells: list[NotebookCell]) -> tuple[list[NotebookParameter], list[Diagnostic]]:
    """Read the parameters of all ``parameters`` cells, in their order; what cannot be one is reported.

    A variable whose value is at fault is in the result, without a default, so that it counts as defined.
    """
    found: dict[str, NotebookParameter] = {}
    diagnostics: list[Diagnostic] = []
    for cell in cells:
        reader = _CellReader(cell)
        reader.read()
        for parameter in reader.parameters:
            earlier = found.get(parameter.name)
            if earlier is not None:
                reader.report(
                    "KFP121",
                    f"parameter {parameter.name} is set again (first in cell {earlier.cell}, line {earlier.line})",
                    "keep one of the assignments; the last one counts",
                    (parameter.line, parameter.column),
                    variable=parameter.name,
                    severity=Severity.WARNING,
                )
            found[parameter.name] = parameter
        diagnostics += reader.diagnostics
    return list(found.values()), diagnostics


class _CellReader:
    """Reads one cell."""

    def __init__(self, cell: NotebookCell) -> None:
        self._cell = cell
        self._python: PythonSource = to_python(cell.source)
        self._comments: dict[int, str] = {}
        self.parameters: list[NotebookParameter] = []
        self.diagnostics: list[Diagnostic] = []

    def read(self) -> None:
        """Fill ``parameters`` and ``diagnostics``."""
        fault = self._python.syntax_error
        if self._python.tree is None or fault is not None:
            line = fault.line if fault else 1
            message = fault.message if fault else "no code"
            place = (line, fault.column if fault else 1)
            self.report("KFP116", f"the parameters cell is not Python: {message}", "correct the syntax", place)
            return
        for magic in self._python.magics:
            sign = {"cell": "%%", "line": "%", "shell": "!"}.get(magic.kind, "?")
            self._refuse(f"{sign}{magic.name or magic.text}", (magic.line, 1))
        if self._python.magics:
            return
        self._comments = _comments(self._python.text)
        for statement in self._python.tree.body:
            self._statement(statement)

    def report(
        self,
        code: str,
        message: str,
        hint: str,
        place: tuple[int, int],
        *,
        variable: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a diagnostic about a line and column of the cell."""
        cell = self._cell
        self.diagnostics.append(
            Diagnostic(
                code=code,
                severity=severity,
                message=message,
                hint=hint,
                cell=cell.number,
                cell_id=cell.id,
                line=place[0],
                column=place[1],
                variable=variable,
            )
        )

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                return
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._parameter(name, node.value, node, node.annotation)
            case ast.Assign() if all(isinstance(target, ast.Name) for target in node.targets):
                for target in node.targets:
                    assert isinstance(target, ast.Name)
                    self._parameter(target.id, node.value, node, None)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(
                values
            ) and all(isinstance(name, ast.Name) for name in names):
                for name_node, value in zip(names, values, strict=True):
                    assert isinstance(name_node, ast.Name)
                    self._parameter(name_node.id, value, node, None)
            case _:
                self._refuse(_shown(node), self._place(node))

    def _parameter(self, name: str, value: ast.expr | None, node: ast.stmt, annotation: ast.expr | None) -> None:
        comment = self._comments.get(node.end_lineno or node.lineno) or self._comments.get(node.lineno, "")
        match = _TYPE_COMMENT.match(comment)
        declared, allows_none = type_of_annotation(annotation)
        if match and annotation is None:
            declared, allows_none = type_of_comment(match[1])
        description = (match[2] if match else comment)[:_MAX_DESCRIPTION]
        default: Any = msgspec.UNSET
        if value is not None:
            default = self._default(name, value)
            if default is not msgspec.UNSET and declared and not fits(default, declared):
                self.report(
                    "KFP120",
                    f"parameter {name} is declared as {type_in_words(declared)}, but its value is {_shown(value)}",
                    "correct the value or the declaration",
                    self._place(value),
                    variable=name,
                )
                default = msgspec.UNSET
        self.parameters.append(
            NotebookParameter(
                name=name,
                parameter_type=declared or type_of_value(default),
                default=float(default) if declared == "NUMBER_DOUBLE" and type(default) is int else default,
                description=description,
                optional=default is not msgspec.UNSET or allows_none,
                cell=self._cell.number,
                line=node.lineno,
                column=self._place(node)[1],
            )
        )

    def _default(self, name: str, node: ast.expr) -> Any:
        """Value of a literal, else UNSET and a report."""
        literal = Literal()
        try:
            value = literal.value(node)
        except NotLiteralError as error:
            place = self._place(error.node if isinstance(error.node, ast.expr) else node)
            self._refuse(f"{name} = {_shown(node)}", place, variable=name)
            return msgspec.UNSET
        except UnfitValueError as error:
            problem = f"the value of {name} cannot be a parameter: {error.problem}"
            self.report("KFP117", problem, error.hint, self._place(node), variable=name)
            return msgspec.UNSET
        if literal.has_tuples:
            self.report(
                "KFP119",
                f"the value of {name} holds a tuple; as a parameter it is a list, in every step",
                "write a list, or make the tuple in a cell below",
                self._place(node),
                variable=name,
                severity=Severity.WARNING,
            )
        return value

    def _refuse(self, code: str, place: tuple[int, int], *, variable: str = "") -> None:
        self.report(
            "KFP116", f"“{code}” in the parameters cell is not a literal assignment", _MOVE, place, variable=variable
        )

    def _place(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Line and column; Python counts bytes."""
        line = source_lines(self._python.text)[node.lineno - 1]
        return node.lineno, len(line.encode()[: node.col_offset].decode("utf-8", "ignore")) + 1


def _comments(text: str) -> dict[int, str]:
    """Comments by line, without ``#``."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        token.start[0]: " ".join(token.string.lstrip("#").split())
        for token in tokens
        if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip()
    }


def _shown(node: ast.AST) -> str:
    """Source of the first line of a node, shortened."""
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) <= 60 else f"{text[:57]}..."
