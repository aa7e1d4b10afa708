"""Declared files (``kfp.files``): who makes them, and which later steps are given them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from jupyter_kfp.compiler.file_names import may_be_same, shown
from jupyter_kfp.compiler.file_uses import FileUse
from jupyter_kfp.compiler.step_grouping import StepCells
from jupyter_kfp.ids import variable_key
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.spec.step_payload import FILE_PREFIX


class CarriedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder that travels as an artifact."""

    path: str
    """Seen from the notebook's folder."""
    writer: int
    """Position of the step that declares it."""
    readers: list[int] = []
    """Positions of the steps that are given it."""

    @property
    def key(self) -> str:
        """Key among the artifacts of the components."""
        return FILE_PREFIX + variable_key(self.path)


class BoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as an input or output of one step."""

    path: str
    key: str
    producer: int
    """Position of the step that makes it."""


class StepFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Declared files of one step."""

    inputs: list[BoundFile] = []
    outputs: list[BoundFile] = []


class CarriedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """All that is declared, and what is wrong with it."""

    files: list[CarriedFile]
    diagnostics: list[Diagnostic]

    def of_step(self, step: int) -> StepFiles:
        """What a step is given and makes."""
        return StepFiles(
            inputs=[
                BoundFile(path=one.path, key=one.key, producer=one.writer) for one in self.files if step in one.readers
            ],
            outputs=[BoundFile(path=one.path, key=one.key, producer=step) for one in self.files if one.writer == step],
        )

    def covers(self, earlier: FileUse, later: FileUse) -> bool:
        """Whether what the later use reads travels from the step of the earlier one."""
        return any(
            one.writer == earlier.code.owner
            and later.code.owner in one.readers
            and (may_be_same(one.path, later.name) or may_be_same(later.name, one.path))
            for one in self.files
        )


def carried_files(steps: Sequence[StepCells], uses: Sequence[FileUse]) -> CarriedFiles:
    """Find the readers of declared files: those that the code shows, and those that ask (``kfp.input_files``)."""
    return _Search(steps, uses).find()


class _Search:
    def __init__(self, steps: Sequence[StepCells], uses: Sequence[FileUse]) -> None:
        self._steps = steps
        self._uses = uses
        self._diagnostics: list[Diagnostic] = []

    def find(self) -> CarriedFiles:
        found = [
            CarriedFile(path=path, writer=writer, readers=self._readers(writer, path))
            for writer, step in enumerate(self._steps)
            for path in dict.fromkeys(step.options.files)
        ]
        declared = {(one.path, reader) for one in found for reader in one.readers}
        for reader, step in enumerate(self._steps):
            for path in step.options.input_files:
                if (path, reader) not in declared:
                    self._diagnostics.append(self._nobody_makes(reader, path))
        return CarriedFiles(files=found, diagnostics=self._diagnostics)

    def _readers(self, writer: int, path: str) -> list[int]:
        readers = []
        for reader in range(writer + 1, len(self._steps)):
            use = self._reading(reader, path)
            if use is None and path not in self._steps[reader].options.input_files:
                continue
            if self._last_declarer(path, reader) != writer:
                continue
            readers.append(reader)
            between = self._changed_between(writer, reader, path)
            if between is not None:
                self._diagnostics.append(self._changed_undeclared(writer, reader, path, between))
        return readers

    def _reading(self, step: int, path: str) -> FileUse | None:
        for use in self._uses:
            if use.code.owner == step and use.kind in ("read", "mention") and _concerns(path, use.name):
                return use
        return None

    def _last_declarer(self, path: str, reader: int) -> int:
        return max(position for position in range(reader) if path in self._steps[position].options.files)

    def _changed_between(self, writer: int, reader: int, path: str) -> FileUse | None:
        for use in self._uses:
            if writer < use.code.owner < reader and use.kind in ("write", "clear") and _concerns(path, use.name):
                return use
        return None

    def _nobody_makes(self, reader: int, path: str) -> Diagnostic:
        step = self._steps[reader]
        return Diagnostic(
            code="KFP166",
            severity=Severity.ERROR,
            message=f"step “{step.name}” asks for the file “{path}” (kfp.input_files), and no step above declares it",
            hint=f'add kfp: {{"files": ["{path}"]}} to the metadata of the step that writes it',
            cell=step.cells[0].number,
            cell_id=step.cells[0].id,
        )

    def _changed_undeclared(self, writer: int, reader: int, path: str, use: FileUse) -> Diagnostic:
        changer = self._steps[use.code.owner].name
        return Diagnostic(
            code="KFP166",
            severity=Severity.ERROR,
            message=(
                f"step “{changer}” changes the declared file “{shown(path)}”, and step “{self._steps[reader].name}” "
                f"would be given what step “{self._steps[writer].name}” made of it"
            ),
            hint=f'add kfp: {{"files": ["{path}"]}} to the metadata of step “{changer}”, too',
            cell=use.code.cell.number,
            cell_id=use.code.cell.id,
            line=use.line,
            column=use.column,
        )


def _concerns(path: str, name: str) -> bool:
    return may_be_same(path, name) or may_be_same(name, path)
