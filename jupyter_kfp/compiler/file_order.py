"""Files that steps share without anything saying which step runs first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import msgspec

from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.dataflow.edges import FlowEdge
from jupyter_kfp.dataflow.expressions import last_name
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import TagEdit

_WRITERS = re.compile(
    r"to_(csv|parquet|json|excel|pickle|feather|hdf|html|markdown|latex|stata|orc|xml|netcdf|zarr)"
    r"|savefig|imsave|save|savez|savez_compressed|savetxt|tofile|save_model|write_(csv|parquet|json|html|image)|dump"
)
_OBJECT_FIRST = frozenset({"dump", "save"})
"""The file may be the second argument: ``joblib.dump(model, "model.joblib")``."""
_PATH_METHODS = frozenset({"write_text", "write_bytes", "touch"})
_PATH_KEYWORDS = frozenset({"path_or_buf", "path", "fname", "file", "filename", "excel_writer", "buf"})
_LOOKS_LIKE_A_FILE = re.compile(r"(?!.*://).*(/|\.\w{1,8}\Z).*")


class _Mention(msgspec.Struct, frozen=True, kw_only=True):
    code: CellCode
    node: ast.Constant
    writes: bool


def unordered_files(
    codes: Sequence[CellCode], step_names: Sequence[str], edges: Sequence[FlowEdge]
) -> list[Diagnostic]:
    """Warn of files that one step writes and another names, without an order between them (KFP142)."""
    mentions: dict[str, list[_Mention]] = {}
    for code in codes:
        if code.owner >= 0:
            for name, mention in _mentions(code):
                mentions.setdefault(name, []).append(mention)
    before = _all_before(len(step_names), edges)
    found: dict[tuple[str, int, int], Diagnostic] = {}
    for name, places in mentions.items():
        for index, first in enumerate(places):
            for second in places[index + 1 :]:
                owners = sorted((first.code.owner, second.code.owner))
                ordered = owners[0] in before[owners[1]] or owners[1] in before[owners[0]]
                if owners[0] != owners[1] and (first.writes or second.writes) and not ordered:
                    found.setdefault((name, owners[0], owners[1]), _diagnostic(name, first, second, step_names))
    return list(found.values())


def _all_before(count: int, edges: Sequence[FlowEdge]) -> list[set[int]]:
    """For each step, those that end before it starts."""
    before: list[set[int]] = [set() for _ in range(count)]
    progress = True
    while progress:
        progress = False
        for edge in edges:
            earlier = {edge.source, *before[edge.source]}
            progress = progress or not earlier <= before[edge.target]
            before[edge.target] |= earlier
    return before


def _mentions(code: CellCode) -> Iterator[tuple[str, _Mention]]:
    written: set[ast.Constant] = set()
    arguments: set[ast.AST] = set()
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Call):
            written |= set(_written(node))
            arguments |= {*node.args, *(keyword.value for keyword in node.keywords)}
    for node in ast.walk(code.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if node in written or node in arguments or _LOOKS_LIKE_A_FILE.fullmatch(node.value):
            yield node.value, _Mention(code=code, node=node, writes=node in written)


def _written(node: ast.Call) -> Iterator[ast.Constant]:
    """Names of files that a call writes."""
    name = last_name(node.func)
    candidates: list[ast.expr] = []
    if name == "open" and _opens_for_writing(node):
        candidates = node.args[:1] if isinstance(node.func, ast.Name) else [node.func]
    elif isinstance(node.func, ast.Attribute) and name in _PATH_METHODS:
        candidates = [node.func.value]
    elif isinstance(node.func, ast.Attribute) and _WRITERS.fullmatch(name):
        candidates = node.args[: 2 if name in _OBJECT_FIRST else 1]
        candidates = candidates + [keyword.value for keyword in node.keywords if keyword.arg in _PATH_KEYWORDS]
    for candidate in candidates:
        constant = _file_name(candidate)
        if constant is not None:
            yield constant


def _opens_for_writing(node: ast.Call) -> bool:
    position = 1 if isinstance(node.func, ast.Name) else 0
    modes = [
        *node.args[position : position + 1],
        *(keyword.value for keyword in node.keywords if keyword.arg == "mode"),
    ]
    return any(
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set("wax+") & set(mode.value))
        for mode in modes
    )


def _file_name(node: ast.expr) -> ast.Constant | None:
    """The literal that names the file: the last part of a path."""
    match node:
        case ast.Constant(value=str()):
            return node
        case ast.BinOp(op=ast.Div(), right=right):
            return _file_name(right)
        case ast.Attribute(value=inner, attr="open"):
            return _file_name(inner)
        case ast.Call(func=function, args=[*_, last]) if last_name(function) in {"Path", "PurePath", "join"}:
            return _file_name(last)
    return None


def _diagnostic(name: str, first: _Mention, second: _Mention, step_names: Sequence[str]) -> Diagnostic:
    earlier, later = step_names[first.code.owner], step_names[second.code.owner]
    tag = TagEdit(cell=second.code.cell.number, cell_id=second.code.cell.id, new=f"after:{earlier}")
    writers = "both write" if first.writes and second.writes else f"“{earlier if first.writes else later}” writes"
    return Diagnostic(
        code="KFP142",
        severity=Severity.WARNING,
        message=(
            f"steps “{earlier}” (cell {first.code.cell.number}) and “{later}” (cell {second.code.cell.number}) use the "
            f"file “{name}”, which {writers}, and nothing says which of them runs first"
        ),
        hint=f"tag a cell of step “{later}” with after:{earlier}, or hand the data on in a variable",
        cell=second.code.cell.number,
        cell_id=second.code.cell.id,
        line=second.node.lineno,
        column=second.node.col_offset + 1,
        # Against the order of the steps it might close a cycle.
        edits=(tag,) if first.code.owner < second.code.owner else (),
    )
