"""The order of steps that use one file: that of the notebook, which the variables alone do not always show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import msgspec

from jupyter_kfp.compiler.carried_files import CarriedFiles, carried_files
from jupyter_kfp.compiler.database_calls import is_server
from jupyter_kfp.compiler.file_calls import looks_like_a_file
from jupyter_kfp.compiler.file_names import may_be_same, shown
from jupyter_kfp.compiler.file_uses import FileUse, file_uses
from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.compiler.step_grouping import StepCells
from jupyter_kfp.compiler.text_values import ANY
from jupyter_kfp.dataflow.edges import FlowEdge
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity

_WHY_IT_WORKS = "this works where steps share a folder, as on this machine; to have it anywhere, "


class FileOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome."""

    edges: list[FlowEdge]
    """All edges, those of the variables among them; ordered by target, then source."""
    before: list[set[int]]
    """For each step those that end before it starts."""
    diagnostics: list[Diagnostic]
    names: list[set[str]]
    """For each step the files that it uses, as far as their whole names are known."""
    carried: CarriedFiles
    """Files that do travel."""


def order_by_files(codes: Sequence[CellCode], steps: Sequence[StepCells], edges: Sequence[FlowEdge]) -> FileOrder:
    """Add what the use of files demands, and say which files are no part of the pipeline (KFP165, KFP142, KFP166)."""
    uses = file_uses(codes, steps)
    return _Order([step.name for step in steps], edges, carried_files(steps, uses)).of(uses)


class _Order:
    def __init__(self, step_names: Sequence[str], edges: Sequence[FlowEdge], carried: CarriedFiles) -> None:
        self._names = step_names
        self._carried = carried
        self._edges = {(edge.target, edge.source): edge for edge in edges}
        self._before: list[set[int]] = [set() for _ in step_names]
        self._folders: dict[tuple[int, str], Diagnostic] = {}
        self._files: dict[tuple[int, str], Diagnostic] = {}
        self._cycles: dict[tuple[int, int, str], Diagnostic] = {}
        for edge in edges:
            self._close(edge.source, edge.target)

    def of(self, uses: Sequence[FileUse]) -> FileOrder:
        """Go through all pairs of uses, the later one first in the notebook's order."""
        in_order = sorted(uses, key=lambda use: (use.code.cell.number, use.line))
        changes = [use for use in in_order if use.kind in ("write", "make", "clear")]
        made: set[tuple[int, str]] = set()
        for later in in_order:
            others = changes if later.kind in ("read", "mention", "import") else in_order
            for earlier in others:
                if earlier.code.cell.number >= later.code.cell.number:
                    break
                if earlier.code.owner != later.code.owner and _concern_each_other(earlier, later, made):
                    self._keep(earlier, later)
            if later.kind == "make":
                made.add((later.code.owner, later.name))
        return FileOrder(
            edges=[self._edges[key] for key in sorted(self._edges)],
            before=self._before,
            diagnostics=[
                *(one for key, one in self._folders.items() if not self._has_file_below(*key)),
                *_explained_once(self._files.values()),
                *self._cycles.values(),
                *self._carried.diagnostics,
            ],
            carried=self._carried,
            names=[_exact_names(uses, owner) for owner in range(len(self._names))],
        )

    def _keep(self, earlier: FileUse, later: FileUse) -> None:
        source, target = earlier.code.owner, later.code.owner
        if target in self._before[source]:
            self._cycles.setdefault((target, source, earlier.name), self._against_the_order(earlier, later))
            return
        edge = self._edges.get((target, source))
        if source not in self._before[target]:
            edge = self._edges[target, source] = FlowEdge(source=source, target=target)
            self._close(source, target)
        if edge is not None and shown(later.name) not in edge.files:
            files = [*edge.files, shown(later.name)]
            self._edges[target, source] = msgspec.structs.replace(edge, files=files)
        if self._carried.covers(earlier, later):
            return
        if earlier.kind == "make":
            self._folders.setdefault((target, earlier.name), self._folder_beside(earlier, later))
        elif earlier.kind == "write" and later.kind in ("read", "mention") and not is_server(later.name):
            self._tell_of_file(earlier, later)

    def _tell_of_file(self, earlier: FileUse, later: FileUse) -> None:
        """Once for each reader and file, of the last step that writes it."""
        key = (later.code.owner, _narrower(earlier.name, later.name))
        known = self._files.get(key)
        if known is None or known.cell == later.code.cell.number:
            self._files[key] = self._file_beside(earlier, later)

    def _close(self, source: int, target: int) -> None:
        earlier = {source, *self._before[source]}
        for position in range(len(self._before)):
            if position == target or target in self._before[position]:
                self._before[position] |= earlier

    def _file_beside(self, earlier: FileUse, later: FileUse) -> Diagnostic:
        writer, reader = self._names[earlier.code.owner], self._names[later.code.owner]
        name = _narrower(earlier.name, later.name)
        declared = json.dumps({"files": [name]}, ensure_ascii=False)
        declare = f"declare it in the metadata of step “{writer}”, kfp: {declared}, or " if "*" not in name else ""
        return _diagnostic(
            "KFP165",
            Severity.HINT,
            later,
            f"step “{reader}” reads the file “{name}” that step “{writer}” writes (cell {earlier.code.cell.number}): "
            "it waits for it, but the file is no part of the pipeline",
            f"{_WHY_IT_WORKS}{declare}hand the data on in a variable",
        )

    def _has_file_below(self, step: int, folder: str) -> bool:
        return any(reader == step and name.startswith(f"{folder}/") for reader, name in self._files)

    def _folder_beside(self, earlier: FileUse, later: FileUse) -> Diagnostic:
        maker, user = self._names[earlier.code.owner], self._names[later.code.owner]
        name = shown(earlier.name)
        return _diagnostic(
            "KFP165",
            Severity.HINT,
            later,
            f"step “{user}” uses the folder “{name}” that step “{maker}” makes (cell {earlier.code.cell.number}): "
            "it waits for it, but the folder is no part of the pipeline",
            f'make it here, too: os.makedirs("{name}", exist_ok=True)',
        )

    def _against_the_order(self, earlier: FileUse, later: FileUse) -> Diagnostic:
        first, second = self._names[earlier.code.owner], self._names[later.code.owner]
        is_sure = earlier.kind == "write" and later.kind == "read" and earlier.name == later.name and earlier.is_exact
        doing = {
            "read": "reads",
            "mention": "names",
            "import": "imports",
            "write": "writes",
            "make": "makes",
            "clear": "removes",
        }
        return _diagnostic(
            "KFP142",
            Severity.ERROR if is_sure else Severity.WARNING,
            later,
            f"step “{second}” {doing[later.kind]} the file “{_narrower(earlier.name, later.name)}” below cell "
            f"{earlier.code.cell.number}, where step “{first}” {doing[earlier.kind]} it, but has to run before that "
            "step",
            f"make a step of its own of cell {later.code.cell.number}",
        )


def _concern_each_other(earlier: FileUse, later: FileUse, made: set[tuple[int, str]]) -> bool:
    kinds = {earlier.kind, later.kind}
    if earlier.kind == "make" and later.kind != "make":
        below = later.name.startswith(f"{earlier.name}/") and (later.kind != "mention" or looks_like_a_file(later.name))
        if below and (later.code.owner, earlier.name) not in made:
            return True
    if kinds <= {"write", "make"}:
        return "write" in kinds and earlier.name == later.name and earlier.is_exact
    if not kinds & {"write", "clear"}:
        return False
    written, used = (earlier, later) if earlier.kind in ("write", "clear") else (later, earlier)
    if used.kind == "mention" and not looks_like_a_file(used.name):
        return written.name == used.name
    return may_be_same(written.name, used.name)


def _explained_once(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Only the first of a notebook says when files beside the pipeline work at all."""
    ordered = sorted(found, key=lambda one: (one.cell or 0, one.line or 0))
    return ordered[:1] + [
        msgspec.structs.replace(one, hint=one.hint.removeprefix(_WHY_IT_WORKS)) for one in ordered[1:]
    ]


def _exact_names(uses: Sequence[FileUse], owner: int) -> set[str]:
    return {
        use.name
        for use in uses
        if use.code.owner == owner and use.kind != "import" and use.is_exact and looks_like_a_file(use.name)
    }


def _narrower(one: str, other: str) -> str:
    """Of two names for one file the one that says more."""
    return shown(min(one, other, key=lambda name: (name.count(ANY), -len(name))))


def _diagnostic(code: str, severity: Severity, use: FileUse, message: str, hint: str) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=severity,
        message=message,
        hint=hint,
        cell=use.code.cell.number,
        cell_id=use.code.cell.id,
        line=use.line,
        column=use.column,
    )
