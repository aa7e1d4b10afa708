"""Notebooks before a run: compiled, or recalled if nothing has changed that their compilation depended on.

While the compiler works, the warm process of the run that most likely follows begins to load.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from jupyter_kfp.engine.run_checks import make_home
from jupyter_kfp.errors import KfpError
from jupyter_kfp.settings import Settings

if TYPE_CHECKING:
    from jupyter_kfp.compiler.compile_cache import CompileCache, NotebookSource
    from jupyter_kfp.compiler.compiled_notebook import CompiledNotebook, CompileOptions
    from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart
    from jupyter_kfp.spec.model import Pipeline

_LOADED_AT = time.time_ns()
_COMPILER = "jupyter_kfp.compiler.compile_notebook"


class NotebookLoader:
    """Compiles notebooks. Nothing is imported before it is needed: of a recalled notebook not even the compiler.

    Attributes
    ----------
    run_follows:
        Whether what is recalled will be run.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.run_follows = False
        self._early: ZygoteStart | None = None

    def take_early(self) -> ZygoteStart | None:
        """The warm process that has been started for a run, if there is one; it is the caller's from now on."""
        early, self._early = self._early, None
        return early

    def discard_early(self) -> None:
        """No run needs a warm process."""
        early = self.take_early()
        if early is not None:
            early.discard()

    def compile(self, notebook: Path, options: CompileOptions) -> CompiledNotebook:
        """Compile, whatever is known from before."""
        from jupyter_kfp.compiler.compile_notebook import compile_notebook

        return compile_notebook(notebook, options=options)

    def recall(self, notebook: Path, options: CompileOptions) -> CompiledNotebook:
        """The same as `compile` gives, with the same diagnostics; from the cache, where that is certain.

        If it has to be compiled and a run is to follow, a warm process is started first. Of a recalled notebook the
        steps are most likely cached, too.

        A process that has the compiler loaded compiles: it would gain little, and may hold other code by now than what
        lies on disk.
        """
        if _COMPILER in sys.modules:
            return self.compile(notebook, options)
        try:
            data = notebook.read_bytes()
        except (OSError, ValueError):
            return self.compile(notebook, options)  # which says what is wrong with the file
        from jupyter_kfp.compiler.code_identity import CodeIdentity
        from jupyter_kfp.compiler.compile_cache import CompileCache, NotebookSource

        source = NotebookSource(path=notebook, data=data, options=options)
        cache = CompileCache(self._settings.compiled_folder, CodeIdentity(_LOADED_AT))
        recalled = cache.look_up(source)
        if recalled is not None:
            return recalled
        if self.run_follows and self._early is None:
            from jupyter_kfp.executors.local_process.zygote_start import start_early

            self._early = start_early(self._settings)
        compiled = self._compile_and_keep(source, cache)
        self._tell_early(compiled.pipeline)
        return compiled

    def _tell_early(self, pipeline: Pipeline | None) -> None:
        if pipeline is None:
            self.discard_early()
        elif self._early is not None:
            from jupyter_kfp.executors.local_process.preload import preload_of

            self._early.tell(preload_of(pipeline, self._settings))

    def _compile_and_keep(self, source: NotebookSource, cache: CompileCache) -> CompiledNotebook:
        from jupyter_kfp.compiler.compile_notebook import compile_notebook
        from jupyter_kfp.notebook.folder_record import RecordedFolder
        from jupyter_kfp.notebook.notebook_folder import DiskFolder

        folder = RecordedFolder(DiskFolder(source.path.parent))
        compiled = compile_notebook(source.data, options=source.options, folder=folder, file=source.path)
        try:
            make_home(self._settings.home)
        except KfpError:
            return compiled  # whoever needs the home folder says what is wrong with it
        cache.keep(source, compiled, folder.record())
        return compiled


def pipeline_of(compiled: CompiledNotebook, path: Path) -> Pipeline:
    """The pipeline. Raises `KfpError` with the first error, and all diagnostics in ``details``, if there is none."""
    if compiled.pipeline is not None:
        return compiled.pipeline
    from jupyter_kfp.notebook.diagnostic import Severity

    errors = [found for found in compiled.diagnostics if found.severity is Severity.ERROR]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    place = f"cell {first.cell}: " if first.cell is not None else ""
    raise KfpError(
        first.code,
        f"{path.name}: {place}{first.message}{more}",
        hint=first.hint or None,
        details={"diagnostics": [msgspec.to_builtins(found) for found in compiled.diagnostics]},
    )
