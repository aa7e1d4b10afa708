"""The code of a grouped notebook, parsed once: what dataflow, types, packages and digests are made from."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Sequence

import msgspec

from jupyter_kfp.compiler.run_programs import ProgramReader
from jupyter_kfp.compiler.step_grouping import Grouping
from jupyter_kfp.dataflow.cell_facts import cell_facts
from jupyter_kfp.dataflow.facts import Fact
from jupyter_kfp.dataflow.versions import PARAMETERS, SETUP
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.ipython_syntax import Magic, PythonSource, to_python
from jupyter_kfp.notebook.notebook import NotebookCell
from jupyter_kfp.notebook.notebook_folder import NotebookFolder
from jupyter_kfp.notebook.source_text import source_lines

_FILE_NAME = re.compile(r"(?!.*://)(?=.*/|.*\.\w{1,8}\Z)[^\x00-\x1f]{1,255}")

_PLACED = (ast.expr, ast.stmt, ast.ExceptHandler, ast.pattern, ast.alias, ast.arg, ast.keyword)


class CellCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell that takes part in the pipeline."""

    cell: NotebookCell
    owner: int
    """Position of its step, `SETUP` or `PARAMETERS`."""
    tree: ast.Module
    """With the code of programs that it runs by ``%run``."""
    facts: list[Fact]
    magics: list[Magic]
    unknown_programs: list[tuple[int, str]] = []
    """Line and text of each ``%run`` of which nothing is known."""


def read_code(grouping: Grouping, folder: NotebookFolder | None = None) -> tuple[list[CellCode], list[Diagnostic]]:
    """Parse all cells, in the order of the notebook. Cells that are not Python are reported (KFP140) and left out.

    `folder` is where programs are found that cells run.
    """
    owned = [(cell, PARAMETERS) for cell in grouping.parameters] + [(cell, SETUP) for cell in grouping.setup]
    for position, step in enumerate(grouping.steps):
        owned += [(cell, position) for cell in step.cells]
    codes: list[CellCode] = []
    diagnostics: list[Diagnostic] = []
    written: dict[str, bytes | None] = {}
    for cell, owner in sorted(owned, key=lambda pair: pair[0].number):
        python = to_python(cell.source)
        if python.tree is None:
            if owner != PARAMETERS:  # reported with the parameters
                diagnostics.append(_syntax_error(cell, python))
            continue
        _move_places(python.tree, python)
        shell_names: dict[int, list[str]] = {}
        for found in python.shell_names:
            shell_names.setdefault(found.line, []).append(found.name)
        programs = ProgramReader(folder, written)
        tree = programs.put_into(python.tree) if any(one.name == "run" for one in python.magics) else python.tree
        codes.append(
            CellCode(
                cell=cell,
                owner=owner,
                tree=tree,
                facts=[] if owner == PARAMETERS else cell_facts(tree, cell.number, shell_names),
                magics=python.magics,
                unknown_programs=programs.unknown,
            )
        )
        written |= written_files(cell, python.magics)
    return codes, diagnostics


def unknown_programs(codes: Iterable[CellCode]) -> list[Diagnostic]:
    """Warn of programs that cells run and that cannot be looked into (KFP129)."""
    return [
        Diagnostic(
            code="KFP129",
            severity=Severity.WARNING,
            message=f"it is not known which variables %run {text} sets or deletes: there is no such program beside the "
            "notebook that can be read",
            hint="put the program beside the notebook, or import what later cells need from it",
            cell=code.cell.number,
            cell_id=code.cell.id,
            line=line,
        )
        for code in codes
        for line, text in code.unknown_programs
    ]


def _move_places(tree: ast.Module, python: PythonSource) -> None:
    """Let lines be those of the user's cell, and columns count characters; Python counts bytes."""
    lines = [] if python.text.isascii() else [line.encode() for line in source_lines(python.text)]
    if not lines and python.origins is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, _PLACED):
            if lines:
                node.col_offset = len(lines[node.lineno - 1][: node.col_offset].decode("utf-8", "ignore"))
            node.lineno = python.line_of(node.lineno)


def _syntax_error(cell: NotebookCell, python: PythonSource) -> Diagnostic:
    fault = python.syntax_error
    return Diagnostic(
        code="KFP140",
        severity=Severity.ERROR,
        message=f"the cell is not Python: {fault.message}" if fault else "the cell is not Python",
        hint="correct it, or tag the cell with skip",
        cell=cell.number,
        cell_id=cell.id,
        line=fault.line if fault else None,
        column=fault.column if fault else None,
    )


def names_bound_in(source: str) -> list[str]:
    """Names that a cell binds at its top level, functions and classes included."""
    tree = to_python(source).tree
    if tree is None:
        return []
    return [fact.name for fact in cell_facts(tree, 1) if fact.kind == "bind"]


def possible_file_names(trees: Iterable[ast.AST]) -> set[str]:
    """Text constants that look like names of files: one short line with a dot or a slash, no URL."""
    names = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _FILE_NAME.fullmatch(node.value):
                names.add(node.value)
    return names


def imported_packages(trees: Iterable[ast.AST]) -> set[str]:
    """Top-level modules of all absolute imports in the trees, also inside functions."""
    packages: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                packages |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                packages.add(node.module.partition(".")[0])
    return packages - {"__future__"}


def written_files(cell: NotebookCell, magics: Sequence[Magic]) -> dict[str, bytes | None]:
    """What a ``%%writefile`` cell writes, by path: its text, or None if it adds to what is there."""
    for magic in magics:
        if magic.kind == "cell" and magic.name in {"writefile", "file"} and magic.text.split():
            *options, path = magic.text.split()
            text = re.split(r"\r?\n", cell.source, maxsplit=1)[-1].encode()
            return {posixpath.normpath(path.strip("'\"")): None if options else text}
    return {}
