"""Values in setup that differ between steps, because each step makes them again."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.dataflow.expressions import dotted_name
from jupyter_kfp.dataflow.fresh_values import gives_fresh, is_fresh
from jupyter_kfp.dataflow.process_state import seeded_generators
from jupyter_kfp.dataflow.step_graph import StepFlow
from jupyter_kfp.dataflow.versions import SETUP
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def fresh_setup_values(
    codes: Sequence[CellCode], flows: Sequence[StepFlow], aliases: Mapping[str, str]
) -> list[Diagnostic]:
    """Warn of names that setup binds to another value in each step (KFP141), where several steps replay the cell.

    `aliases` are the imported names, with the dotted path that they stand for.
    """
    found: list[Diagnostic] = []
    seeded: set[str] = set()
    makers = _fresh_makers(codes, aliases)
    for code in codes:
        if code.owner != SETUP:
            continue
        is_shared = sum(code.cell.number in flow.setup_cells for flow in flows) > 1
        for statement in code.tree.body:
            calls = list(_calls(statement, aliases))
            seeded |= {generator.variable for path, _ in calls for generator in seeded_generators(path)}
            if is_shared and any(path in makers or _is_fresh(path, call, seeded) for path, call in calls):
                found += [_diagnostic(code, target) for target in _targets(statement)]
    return found


def _fresh_makers(codes: Sequence[CellCode], aliases: Mapping[str, str]) -> set[str]:
    """Functions of the notebook that return something fresh."""
    return {
        function.name
        for code in codes
        for function in code.tree.body
        if isinstance(function, ast.FunctionDef)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Return) and statement.value is not None
        if any(path == "object" or gives_fresh(path) for path, _ in _calls(statement.value, aliases))
    }


def _calls(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[tuple[str, ast.Call]]:
    """Calls that happen when the statement runs, with the path of what is called."""
    if isinstance(node, _FUNCTIONS):
        return
    if isinstance(node, ast.Call) and (name := dotted_name(node.func)):
        first, _, rest = name.partition(".")
        path = aliases.get(first, first)
        yield (f"{path}.{rest}" if rest else path), node
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, aliases)


def _is_fresh(path: str, call: ast.Call, seeded: set[str]) -> bool:
    keywords = tuple(keyword.arg for keyword in call.keywords if keyword.arg)
    given = bool(call.args or call.keywords)
    return path == "object" or is_fresh(path, given=given, keywords=keywords, seeded=seeded)


def _targets(statement: ast.stmt) -> list[ast.Name]:
    match statement:
        case ast.Assign(targets=targets):
            parts = [part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            return [part for part in parts if isinstance(part.ctx, ast.Store)]
        case ast.AnnAssign(target=ast.Name() as target):
            return [target]
    return []


def _diagnostic(code: CellCode, target: ast.Name) -> Diagnostic:
    return Diagnostic(
        code="KFP141",
        severity=Severity.WARNING,
        message=f"“{target.id}” gets a new value in each step, because setup is replayed",
        hint="make the value in a step, or in a cell of its own without the tag setup: then it is handed on",
        cell=code.cell.number,
        cell_id=code.cell.id,
        line=target.lineno,
        column=target.col_offset + 1,
        variable=target.id,
    )
