"""The guard: no step changes an input in place that a later step reads, unless the analysis or the user knows of it.

The same holds for values that the setup makes and that a later step uses: its own replay makes them anew.

The file that an input was loaded from is what it is compared with, so nothing has to be computed or kept when a step
begins. At its end the input is pickled again and compared with the file; large buffers cost next to nothing (see
`serializers.unchanged_file`). If that differs, the file is loaded again and the two values are compared part by part
(see `same_value`), since pickling is not always the same for the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_kfp.artifacts.serializers.carried_definitions import has_state, without_restoring
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, load_values, pickle_value
from jupyter_kfp.artifacts.serializers.unchanged_file import same_buffers, same_stream
from jupyter_kfp.artifacts.serializers.value_file import DamagedValueFile, OpenValueFile, open_value_file
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.cell_watch import CellWatch
from jupyter_kfp.worker.change_report import GuardedValue, changed_in_place, with_all_names
from jupyter_kfp.worker.loaded_inputs import LoadedFile, LoadedInputs, parameter_copy
from jupyter_kfp.worker.same_value import first_difference
from jupyter_kfp.worker.session_files import SessionInput, SessionRequest
from jupyter_kfp.worker.setup_baseline import UNNAMED_LIMIT, keep_baseline, state_of


class Watched:
    """A file, what it holds now, and what of that must stay as it is; `owner` is the class or function of a state."""

    __slots__ = ("current", "file", "guarded", "owner")

    def __init__(
        self,
        file: OpenValueFile,
        current: Callable[[], dict[str, Any]],
        guarded: list[GuardedValue],
        owner: object = None,
    ) -> None:
        self.file = file
        self.current = current
        self.guarded = guarded
        self.owner = owner


class GuardedFile:
    """What a file holds now, pickled with all objects noted, and of its values those that must stay as they are.

    `is_one` says that it holds nothing else.
    """

    __slots__ = ("is_one", "pickled", "values")

    def __init__(self, pickled: PickledValue, values: dict[str, Any], *, is_one: bool = True) -> None:
        self.pickled = pickled
        self.values = values
        self.is_one = is_one


class Guard:
    """Watches over the inputs of one step and over what its setup made, from its begin to its end.

    Parameters
    ----------
    request:
        What the step has to do.
    names:
        The notebook's namespace.
    transform:
        Turns a cell with IPython syntax into Python.
    folder:
        Of the session, for files of its own.
    events:
        The shell's, to look at small values after each cell; None: only at the end.

    """

    def __init__(
        self,
        request: SessionRequest,
        names: NotebookNames,
        transform: Callable[[str], str],
        *,
        folder: Path,
        events: Any = None,
    ) -> None:
        self._request = request
        self._names = names
        self._transform = transform
        self._folder = folder
        self._files: list[Watched] = []
        self._baselines: list[Watched] = []
        self._parameters: list[tuple[SessionInput, Any, Any]] = []
        several = sum(bool(cell.source.strip()) for cell in request.cells) > 1
        self._cells = CellWatch(events, names) if events is not None and several else None
        self.pickled: list[GuardedFile] = []
        """After `check` with `record`."""

    def watch_setup(self) -> None:
        """Begin with the values that the replayed setup just made. Raises `OSError`."""
        declared = set(self._request.mutates)
        inputs = {each.name for each in self._request.inputs}
        limits = dict.fromkeys(self._request.unnamed_setup, UNNAMED_LIMIT) | dict.fromkeys(self._request.guarded_setup)
        for name, limit in limits.items():
            if name in self._names.user_globals and name not in declared | inputs:
                self._keep(GuardedValue(name, "", is_setup=True), self._names.user_globals[name], limit)

    def watch(self, loaded: LoadedInputs) -> None:
        """Begin with the inputs. Values that need no guard are let go, so that the step can free them."""
        declared = set(self._request.mutates)
        for each in self._request.inputs:
            if each.kind == "parameter" and each.guarded and each.name not in declared:
                value = self._names.user_globals.get(each.name)
                if isinstance(value, list | dict):
                    self._parameters.append((each, value, parameter_copy(value)))
                    self._watch_cells(each.name, partial(_same, value), 0)
        for file in loaded.files.values():
            guarded = list(self._guarded_in(file, declared))
            if guarded:
                self._files.append(Watched(file.file, partial(_same, file.values), guarded))
            for one in guarded:
                value = file.values[one.name]
                if has_state(value):  # The file cannot tell: loaded again, it gives this very function or class.
                    self._keep(one, value)
                else:
                    self._watch_cells(one.used_as, partial(_same, value), file.file.size)
        loaded.files = {}

    def _keep(self, guarded: GuardedValue, value: object, limit: int | None = None) -> None:
        file = keep_baseline(guarded.name, value, self._names, self._folder, limit=limit)
        if file is not None:
            self._baselines.append(Watched(file, lambda: {guarded.name: state_of(value)}, [guarded], value))
            self._watch_cells(guarded.name, partial(state_of, value), file.size)

    def _watch_cells(self, name: str, value: Callable[[], object], size: int) -> None:
        if self._cells is not None:
            self._cells.add(name, value, size)

    def _guarded_in(self, file: LoadedFile, declared: set[str]) -> Iterable[GuardedValue]:
        asked = {each.name: each for each in file.inputs}
        entangled = file.file.index.entangled
        for each in file.inputs:
            if (each.guarded or entangled) and each.name in file.values and each.name not in declared:
                yield GuardedValue(each.name, each.producer, entangled=() if each.guarded else entangled)
        through = next(iter(asked))
        producers = {each.producer for each in file.inputs}
        for name, readers in file.file.index.readers.items():
            if name not in asked and name in file.values and self._is_read_later(name, producers, readers):
                yield GuardedValue(name, asked[through].producer, through=through)

    def _is_read_later(self, name: str, producers: set[str], readers: Iterable[str]) -> bool:
        neighbours = self._request.neighbours
        if neighbours is None:
            return any(step != self._request.step for step in readers)
        return any(one.name == name and one.producer in producers for one in neighbours)

    @property
    def setup_names(self) -> list[str]:
        """What the setup makes and later steps have anew: used by this step, or guarded all the same."""
        unnamed = {each.name for watched in self._baselines for each in watched.guarded}
        return [*self._request.guarded_setup, *(name for name in self._request.unnamed_setup if name in unnamed)]

    @property
    def watching(self) -> bool:
        """Whether there are files to compare."""
        return bool(self._files or self._baselines)

    def check(self, *, record: bool) -> list[StepError]:
        """Compare all guarded values with what was loaded; with `record` keep their pickled forms in `pickled`."""
        if self._cells is not None:
            self._cells.stop()
        problems = []
        for each, value, before in self._parameters:
            where = first_difference(before, value, each.name, self._names)
            if where is not None:
                problems.append(self._changed(GuardedValue(each.name, each.producer), value, where))
        for watched in self._files:
            problems += self._check_file(watched, record=record)
        for watched in self._baselines:
            problems += self._check_file(watched, record=False)
        return with_all_names(problems)

    def _check_file(self, watched: Watched, *, record: bool) -> list[StepError]:
        names, values = watched.file.index.names, watched.current()
        whole: Any = tuple(values[name] for name in names) if len(names) > 1 else values[names[0]]
        try:
            pickled = pickle_value(whole, self._names, record=record)
        except Exception:  # noqa: BLE001  what can no longer be pickled was changed; comparing says where
            pickled = None
        if record and pickled is not None:
            guarded = {each.name: values[each.name] for each in watched.guarded}
            self.pickled.append(GuardedFile(pickled, guarded, is_one=len(names) == 1))
        try:
            return self._compare(watched, values, pickled)
        except (OSError, DamagedValueFile) as error:
            return [self._gone(watched.guarded[0], error)]

    def _compare(self, watched: Watched, values: dict[str, Any], pickled: PickledValue | None) -> list[StepError]:
        file, names = watched.file, watched.file.index.names
        intact = pickled is not None and same_buffers(pickled, file)
        if pickled is not None and intact and same_stream(pickled.stream, [file.stream]):
            return []
        # Its digest was verified when the step began, and the store writes no file twice.
        with without_restoring():
            again_file = open_value_file(file.path, verify=False)
            before = load_values(again_file, self._names.user_globals, self._names.definitions)
        if pickled is not None and intact:
            # A value that went through a pickle may be written a little differently from then on.
            again: Any = tuple(before[name] for name in names) if len(names) > 1 else before[names[0]]
            if same_stream(pickled.stream, pickle_value(again, self._names).stream):
                return []
        problems = []
        for each in watched.guarded:
            now = values[each.name]
            where = first_difference(before[each.name], now, each.name, self._names)
            if where is not None:
                problems.append(self._changed(each, now if watched.owner is None else watched.owner, where))
        return problems

    def _gone(self, each: GuardedValue, error: Exception) -> StepError:
        return StepError(
            code="KFP312",
            message=f"step {self._request.step}: the input {each.name} cannot be compared with its file: {error}",
            exception=type(error).__name__,
        )

    def _changed(self, each: GuardedValue, value: object, where: str) -> StepError:
        cells = self._cells.changing(each.used_as) if self._cells else ()
        return changed_in_place(self._request, each, value, where, transform=self._transform, cells=cells)


def _same(value: Any) -> Any:
    return value
