"""Run a small notebook as a whole, and as the pipeline that it compiles to; the two must not differ.

Both run in forks of a prepared interpreter (see `interpreter`): the whole notebook in one, each step in one of its own.
Steps run in an order that is as far from the notebook's as the edges allow.
"""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from interpreter import CellToRun, RunReport, RunRequest
from oracle_cases import TaggedCell
from pipeline_run import PipelineOutcome, run_pipeline
from prepared_process import prepared_process

from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, compile_notebook
from jupyter_kfp.notebook.diagnostic import Severity

PROBE_STEP = "kfp_oracle_probe"


@dataclass
class Comparison:
    """Both ways, or the diagnostics that refuse the second."""

    whole: RunReport
    compiled: CompiledNotebook
    pipeline: PipelineOutcome | None
    skipped: set[int] = field(default_factory=set)
    """Numbers of cells that are not compared: not in the pipeline, or never twice the same in the notebook."""

    @property
    def codes(self) -> set[str]:
        """Of diagnostics, and of errors of the run."""
        run = {code for _, code, _ in self.pipeline.problems} if self.pipeline else set()
        return {one.code for one in self.compiled.diagnostics} | run

    @property
    def errors(self) -> list[str]:
        return [f"{d.code} {d.message}" for d in self.compiled.diagnostics if d.severity is Severity.ERROR]

    @property
    def is_refused(self) -> bool:
        """Whether it does not compile."""
        return self.pipeline is None

    @property
    def is_stopped(self) -> bool:
        """Whether a step failed with an error of ours, so that its user knows."""
        return self.pipeline is not None and bool(self.pipeline.problems)

    @property
    def is_kept(self) -> bool:
        """Whether the pipeline gives what the notebook gives."""
        return not (self.is_refused or self.is_stopped or self.differences)

    @property
    def differences(self) -> list[str]:
        """What the pipeline did otherwise, as far as both ran; nothing where it was refused."""
        if self.pipeline is None:
            return []
        whole, pipeline = self.whole, self.pipeline
        found = [f"died: {whole.died or pipeline.died}"] if whole.died or pipeline.died else []
        if (whole.failed_cell, whole.error) != (pipeline.failed_cell, pipeline.error):
            failed = [f"cell {one.failed_cell}: {one.error}" for one in (whole, pipeline)]
            found.append(f"failed: the notebook {failed[0]}, the pipeline {failed[1]}")
        last = whole.failed_cell or 10**9
        for number in sorted(set(whole.printed) - self.skipped):
            if number <= last:
                found += self._differences_of_cell(number)
        return found

    _nothing: ClassVar[dict[str, Any]] = {"printed": "", "shown": []}

    def _differences_of_cell(self, number: int) -> Iterable[str]:
        assert self.pipeline is not None
        for kind in ("printed", "shown"):
            expected = getattr(self.whole, kind).get(number, self._nothing[kind])
            for step, text in getattr(self.pipeline, kind).get(number) or [("", self._nothing[kind])]:
                if text != expected:
                    yield f"cell {number} {kind}: the notebook {expected!r}, the pipeline {text!r} {step}"


class CompilerCrashError(Exception):
    """The compiler raised instead of telling what is wrong."""


def notebook_of(cells: Iterable[TaggedCell]) -> dict[str, Any]:
    """Notebook JSON."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
        "cells": [_cell(number, tags.split(","), source) for number, (tags, source) in enumerate(cells, 1)],
    }


def _cell(number: int, tags: list[str], source: str) -> dict[str, Any]:
    if "markdown" in tags:
        return {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": source}
    metadata = {"tags": [tag for tag in tags if tag]}
    code = {"outputs": [], "execution_count": None}
    return {"cell_type": "code", "id": f"c{number}", "metadata": metadata, "source": source, **code}


def compare(cells: Sequence[TaggedCell], files: Mapping[str, str] | None = None) -> Comparison:
    """Run both ways, in a folder with these files beside the notebook."""
    with _folder(cells, files or {}) as (folder, reports):
        compiled = _compile(folder)
        pipeline = run_pipeline(compiled.pipeline, folder, reports) if compiled.pipeline else None
        _fill(folder, cells, files or {})
        whole = _run_whole(cells, folder, reports)
        skipped = {number for number, (tags, _) in enumerate(cells, 1) if "skip" in tags}
        comparison = Comparison(whole, compiled, pipeline, skipped)
        if comparison.differences:
            _fill(folder, cells, files or {})
            comparison.skipped |= _unlike(whole, _run_whole(cells, folder, reports))
    return comparison


def compare_state(cells: Sequence[TaggedCell], files: Mapping[str, str], whole: RunReport) -> Comparison:
    """As `compare`, which gave `whole`, with a step at the end that reads all variables that are there at the end."""
    comparison = _probe(cells, files, whole, whole.state)
    if comparison.is_stopped or not comparison.differences:
        return comparison
    with _folder(cells, files) as (folder, reports):
        again = _run_whole(cells, folder, reports).state
    state = {name: text for name, text in whole.state.items() if again.get(name) == text}
    return comparison if state == whole.state else _probe(cells, files, whole, state)


def _probe(
    cells: Sequence[TaggedCell], files: Mapping[str, str], whole: RunReport, state: Mapping[str, str]
) -> Comparison:
    show = "print({0!r}, __import__('value_text').text_of({0}))"
    probed = [*cells, (f"step:{PROBE_STEP}", "\n".join(show.format(name) for name in state))]
    with _folder(probed, files) as (folder, reports):
        compiled = _compile(folder)
        pipeline = run_pipeline(compiled.pipeline, folder, reports) if compiled.pipeline else None
    text = "".join(f"{name} {text}\n" for name, text in state.items())
    expected = msgspec.structs.replace(whole, printed={len(probed): text}, shown={})
    return Comparison(expected, compiled, pipeline)


def _compile(folder: Path) -> CompiledNotebook:
    try:
        return compile_notebook(folder / "nb.ipynb")
    except Exception as error:
        raise CompilerCrashError(f"{type(error).__name__}: {error}") from error


def _unlike(one: RunReport, other: RunReport) -> set[int]:
    """Cells that showed something else the second time, such as the time of day."""
    return {
        number
        for number in one.printed
        if (one.printed[number], one.shown[number]) != (other.printed.get(number), other.shown.get(number))
    }


@contextmanager
def _folder(cells: Sequence[TaggedCell], files: Mapping[str, str]) -> Iterator[tuple[Path, Path]]:
    """The notebook's folder, always at the same place, since notebooks may show it; and one for what runs leave."""
    folder, reports = _root() / "notebook", _root() / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    _fill(folder, cells, files)
    try:
        yield folder, reports
    finally:
        shutil.rmtree(reports)


@functools.cache
def _root() -> Path:
    """Of this process; it ends with it."""
    root = Path(tempfile.mkdtemp(prefix="oracle-"))
    atexit.register(shutil.rmtree, root)
    return root


def _fill(folder: Path, cells: Sequence[TaggedCell], files: Mapping[str, str]) -> None:
    """Make the folder what it was before anything ran."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "nb.ipynb").write_text(json.dumps(notebook_of(cells)), encoding="utf-8")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _run_whole(cells: Sequence[TaggedCell], folder: Path, reports: Path) -> RunReport:
    """All cells but skipped ones, from top to bottom."""
    to_run = [
        CellToRun(number, source, may_fail="raises-exception" in tags)
        for number, (tags, source) in enumerate(cells, 1)
        if not {"skip", "markdown"} & set(tags.split(","))
    ]
    sources = [source for _, source in cells]
    return prepared_process(sources).run(RunRequest(str(folder), str(reports / "whole.json"), to_run))
