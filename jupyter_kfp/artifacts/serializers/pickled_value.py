"""Values to streams and buffers and back; the entry to this package.

`pickle_value` and `save_pickled` write, `open_value_file` and `load_values` read.
"""

from __future__ import annotations

import gc
import pickle
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_kfp.artifacts.content_digest import Bytes
from jupyter_kfp.artifacts.serializers.carried_definitions import restoring_last
from jupyter_kfp.artifacts.serializers.memory_segments import BufferMemory, place_buffers
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames, reading_into
from jupyter_kfp.artifacts.serializers.numpy_arrays import ArrayView
from jupyter_kfp.artifacts.serializers.set_order import OrderedSets, disordered_sets, may_hold_sets
from jupyter_kfp.artifacts.serializers.value_file import (
    FileIndex,
    OpenValueFile,
    WrittenFile,
    expected_size,
    write_value_file,
)
from jupyter_kfp.artifacts.serializers.value_pickler import ValuePickler


class PickledValue:
    """A pickled value in memory; its buffers are still the value's own memory."""

    __slots__ = ("_keep", "buffers", "classes", "owners", "seen", "stream", "views")

    def __init__(self, pickler: ValuePickler, seen: list[object]) -> None:
        self.stream: list[Bytes] = pickler.parts
        self.buffers: list[BufferMemory] = pickler.buffers
        self.views: list[ArrayView] = pickler.views
        self.owners: list[ArrayView] = pickler.owners
        self.classes: list[type] = pickler.classes
        self.seen = seen
        """Every object on the way, if that was asked for."""
        self._keep: list[object] = [pickler]
        """Its memo keeps temporary objects alive, so that no identity is used twice."""

    def keep_also(self, other: PickledValue) -> None:
        """Keep what another one keeps alive."""
        self._keep.append(other)

    @property
    def size(self) -> int:
        """Bytes that a file will need, about."""
        return expected_size(self.stream, [buffer.view for buffer in self.buffers])


@contextmanager
def _no_collection() -> Iterator[None]:
    """Making or walking millions of objects sets off the collector again and again, for nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def objects_outside_definitions(value: object, names: NotebookNames) -> set[int]:
    """Identities of the objects of a value, without what its functions and classes consist of."""
    seen: list[object] = []
    pickler = ValuePickler(names, seen=seen, definitions_by_name=True)
    with _no_collection():
        pickler.dump(value)
    return {id(each) for each in seen}


def pickle_value(value: object, names: NotebookNames, *, record: bool = False) -> PickledValue:
    """Pickle a value.

    With `record` every object on the way is noted (see `PickledValue.seen`). Raises whatever the value's own reducers
    raise: mostly `TypeError`, `pickle.PicklingError`, `AttributeError`; `unpicklable.explain` finds the culprit.
    """
    with _no_collection():
        pickled = _pickle(value, names, record, frozenset())
        overlapping = _overlapping_views(pickled)
        if overlapping:
            pickled = _pickle(value, names, record, overlapping)
        return _with_order(pickled, value, names, record, overlapping) if may_hold_sets(pickled.stream) else pickled


def _with_order(
    pickled: PickledValue, value: object, names: NotebookNames, record: bool, as_views: frozenset[int]
) -> PickledValue:
    """The same again, with what pickle forgets of the order of its sets, if there is any such set."""
    noted = pickled if record else _pickle(value, names, True, as_views)
    sets = disordered_sets(noted.seen)
    if not sets:
        return pickled
    ordered = _pickle(OrderedSets(value, sets), names, False, as_views)
    ordered.seen = pickled.seen
    ordered.keep_also(pickled)
    return ordered


def _pickle(value: object, names: NotebookNames, record: bool, as_views: frozenset[int]) -> PickledValue:
    seen: list[object] = []
    pickler = ValuePickler(names, seen=seen if record else None, as_views=as_views)
    try:
        pickler.dump(value)
    except pickle.PicklingError as error:
        if isinstance(error.__cause__, RecursionError):
            raise pickle.PicklingError("it is nested too deeply") from None
        raise
    return PickledValue(pickler, seen)


def _overlapping_views(pickled: PickledValue) -> frozenset[int]:
    """Arrays that look at memory of another array of the value, and would lose it as copies."""
    copied = [*pickled.views, *(pickled.owners if pickled.views or pickled.buffers else ())]
    if not copied:
        return frozenset()
    spans = [(view.start, view.end, view.array) for view in copied]
    spans += [(buffer.start, buffer.end, None) for buffer in pickled.buffers if buffer.start]
    spans.sort(key=lambda span: span[:2])
    found: set[int] = set()
    open_end, open_array = 0, None
    for start, end, array in spans:
        if start < open_end:
            found |= {id(each) for each in (array, open_array) if each is not None}
        if end > open_end:
            open_end, open_array = end, array
    return frozenset(found)


def save_pickled(
    path: Path,
    names: Sequence[str],
    pickled: PickledValue,
    *,
    readers: Mapping[str, Sequence[str]] | None = None,
    entangled: Sequence[str] = (),
) -> WrittenFile:
    """Write a pickled value, or the tuple of several, to a file; see `FileIndex` for the rest.

    Raises `OSError`, and leaves no file then.
    """
    segments, places = place_buffers(pickled.buffers)
    index = FileIndex(
        names=list(names),
        stream=sum(memoryview(part).nbytes for part in pickled.stream),
        segments=[segment.nbytes for segment in segments],
        buffers=places,
        readers={name: list(steps) for name, steps in (readers or {}).items()},
        entangled=list(entangled),
        python=python_version(),
    )
    return write_value_file(path, index, pickled.stream, segments)


def save_unbound(path: Path, name: str) -> WrittenFile:
    """Write the mark that a variable was not bound. Raises `OSError`."""
    return write_value_file(path, FileIndex(names=[name], unbound=True, python=python_version()), [], [])


def python_version() -> str:
    """The minor version, to which pickled code of functions is bound."""
    return ".".join(platform.python_version_tuple()[:2])


def load_values(
    file: OpenValueFile, user_globals: dict[str, Any], definitions: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Load the values of a verified file by name; an unbound variable has none.

    `definitions` are the functions and classes of the setup, see `NotebookNames.definitions`.

    Large buffers are the file's memory itself, private to this process: nothing is copied before it is written to.
    Raises whatever the values' own constructors raise, `ImportError` or `MissingSetupName` if a definition is missing.
    """
    index = file.index
    if index.unbound:
        return {}
    with _no_collection(), restoring_last(), reading_into(user_globals, definitions):
        value = pickle.loads(file.stream, buffers=file.buffers())  # noqa: S301  verified, and written by the pipeline
    return dict(zip(index.names, value, strict=True)) if len(index.names) > 1 else {index.names[0]: value}
