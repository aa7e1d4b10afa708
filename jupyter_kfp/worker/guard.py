"""The guard: no step changes an input in place that a later step reads, unless the analysis or the user knows of it.

The file that an input was loaded from is what it is compared with, so nothing has to be computed or kept when a step
begins. At its end the input is pickled again and compared with the file; large buffers cost next to nothing (see
`serializers.unchanged_file`). If that differs, the file is loaded again and the two values are compared part by part
(see `same_value`), since pickling is not always the same for the same value.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, load_values, pickle_value
from jupyter_kfp.artifacts.serializers.unchanged_file import same_buffers, same_stream
from jupyter_kfp.artifacts.serializers.value_file import DamagedValueFile, open_value_file
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.change_site import ChangeSite, likely_change
from jupyter_kfp.worker.loaded_inputs import LoadedFile, LoadedInputs, parameter_copy
from jupyter_kfp.worker.same_value import first_difference
from jupyter_kfp.worker.session_files import SessionInput, SessionRequest


class GuardedValue:
    """A value that must stay as it is.

    Parameters
    ----------
    name:
        The variable.
    producer:
        Step that made it.
    through:
        The input that shares objects with it, if the step did not ask for the variable itself.
    entangled:
        Other variables, loaded elsewhere, that the value shared objects with when it was saved.

    """

    __slots__ = ("entangled", "name", "producer", "through")

    def __init__(self, name: str, producer: str, *, through: str = "", entangled: Iterable[str] = ()) -> None:
        self.name = name
        self.producer = producer
        self.through = through
        self.entangled = list(entangled)


class Guard:
    """Watches over the inputs of one step, from its begin to its end."""

    def __init__(self, request: SessionRequest, names: NotebookNames, transform: Callable[[str], str]) -> None:
        self._request = request
        self._names = names
        self._transform = transform
        self._files: list[tuple[LoadedFile, list[GuardedValue]]] = []
        self._parameters: list[tuple[SessionInput, Any]] = []
        self.pickled: dict[str, PickledValue] = {}
        """After `check`: guarded values by name, pickled with all objects noted."""

    def watch(self, loaded: LoadedInputs) -> None:
        """Begin. Values that need no guard are let go, so that the step can free them."""
        declared = set(self._request.mutates)
        for each in self._request.inputs:
            if each.kind == "parameter" and each.guarded and each.name not in declared:
                value = self._names.user_globals.get(each.name)
                if isinstance(value, list | dict):
                    self._parameters.append((each, value))
        for file in loaded.files.values():
            guarded = list(self._guarded_in(file, declared))
            if guarded:
                self._files.append((file, guarded))
        loaded.files = {}

    def _guarded_in(self, file: LoadedFile, declared: set[str]) -> Iterable[GuardedValue]:
        asked = {each.name: each for each in file.inputs}
        entangled = file.file.index.entangled
        for each in file.inputs:
            if (each.guarded or entangled) and each.name in file.values and each.name not in declared:
                yield GuardedValue(each.name, each.producer, entangled=() if each.guarded else entangled)
        through = next(iter(asked))
        for name, readers in file.file.index.readers.items():
            if name not in asked and name in file.values and self._later(readers):
                yield GuardedValue(name, asked[through].producer, through=through)

    def _later(self, readers: Iterable[str]) -> bool:
        later = self._request.later_steps
        return any(step != self._request.step and (later is None or step in later) for step in readers)

    @property
    def watching(self) -> bool:
        """Whether there are files to compare."""
        return bool(self._files)

    def check(self, *, record: bool) -> list[StepError]:
        """Compare all guarded values with what was loaded; with `record` keep their pickled forms in `pickled`."""
        problems = []
        for each, value in self._parameters:
            where = first_difference(parameter_copy(each.value), value, each.name, self._names)
            if where is not None:
                problems.append(self._changed(GuardedValue(each.name, each.producer), value, where))
        for file, guarded in self._files:
            problems += self._check_file(file, guarded, record=record)
        return problems

    def _check_file(self, loaded: LoadedFile, guarded: list[GuardedValue], *, record: bool) -> list[StepError]:
        names = loaded.file.index.names
        whole: Any = tuple(loaded.values[name] for name in names) if len(names) > 1 else loaded.values[names[0]]
        try:
            pickled = pickle_value(whole, self._names, record=record)
        except Exception:  # noqa: BLE001  what can no longer be pickled was changed; comparing says where
            pickled = None
        if record and pickled is not None:
            self.pickled[guarded[0].name] = pickled
        try:
            return self._compare(loaded, guarded, pickled)
        except (OSError, DamagedValueFile) as error:
            return [self._gone(guarded[0], error)]

    def _compare(
        self, loaded: LoadedFile, guarded: list[GuardedValue], pickled: PickledValue | None
    ) -> list[StepError]:
        names = loaded.file.index.names
        intact = pickled is not None and same_buffers(pickled, loaded.file)
        if pickled is not None and intact and same_stream(pickled.stream, [loaded.file.stream]):
            return []
        # Its digest was verified when the step began, and the store writes no file twice.
        before = load_values(open_value_file(loaded.file.path, verify=False), self._names.user_globals)
        if pickled is not None and intact:
            # A value that went through a pickle may be written a little differently from then on.
            again: Any = tuple(before[name] for name in names) if len(names) > 1 else before[names[0]]
            if same_stream(pickled.stream, pickle_value(again, self._names).stream):
                return []
        problems = []
        for each in guarded:
            now = loaded.values[each.name]
            where = first_difference(before[each.name], now, each.name, self._names)
            if where is not None:
                problems.append(self._changed(each, now, where))
        return problems

    def _gone(self, each: GuardedValue, error: Exception) -> StepError:
        return StepError(
            code="KFP312",
            message=f"step {self._request.step}: the input {each.name} cannot be compared with its file: {error}",
            exception=type(error).__name__,
        )

    def _changed(self, each: GuardedValue, value: object, where: str) -> StepError:
        site = likely_change(self._request.cells, each.through or each.name, self._transform)
        origin = f" from step {each.producer}" if each.producer else ""
        part = "," if where == each.name else f", at {where},"
        line = f", most likely in cell {site.cell}, line {site.line}: {site.text}" if site else ""
        return StepError(
            code="KFP316",
            message=f"step {self._request.step} changes {each.name}{origin} in place{part} but {_harm(each)}{line}",
            cell=site.cell if site else None,
            line=site.line if site else None,
            hint=_fix(each, value, site),
        )


def _harm(each: GuardedValue) -> str:
    if each.through:
        return f"a later step reads {each.name}, which shares objects with {each.through}"
    if each.entangled:
        return f"it shares objects with {', '.join(each.entangled)}, which a later step may read"
    return "a later step reads it as it was"


def _fix(each: GuardedValue, value: object, site: ChangeSite | None) -> str:
    name = each.through or each.name
    numpy: Any = sys.modules.get("numpy")
    pandas: Any = sys.modules.get("pandas")
    has_copy = (numpy is not None and isinstance(value, numpy.ndarray)) or (
        pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)
    )
    copied = f"{name} = {name}.copy()" if has_copy else f"{name} = copy.deepcopy({name})"
    before = f" before cell {site.cell}, line {site.line}" if site else ""
    return (
        f'if later steps should see the change, declare it in the step\'s first cell: metadata {{"kfp": {{"mutates": '
        f'["{name}"]}}}}; if not, work on a copy: {copied}{before}'
    )
