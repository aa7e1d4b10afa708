"""The pickler: protocol 5, buffers out of band, what the notebook defines as `notebook_objects` says."""

from __future__ import annotations

import copyreg
import ctypes
import io
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any

from cloudpickle import cloudpickle

from jupyter_kfp.artifacts.content_digest import Bytes
from jupyter_kfp.artifacts.serializers import frame_attributes, notebook_objects, numpy_arrays
from jupyter_kfp.artifacts.serializers.arrow_arrays import is_arrow_array, reduce_arrow_array
from jupyter_kfp.artifacts.serializers.carried_definitions import Definition, has_state
from jupyter_kfp.artifacts.serializers.exception_values import reduce_exception
from jupyter_kfp.artifacts.serializers.memory_segments import BufferMemory, buffer_memory, memory_at
from jupyter_kfp.artifacts.serializers.module_functions import module_of_names, reduce_module_function
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.numpy_arrays import ArrayView, span_of, without_gaps, writes_to_file

PROTOCOL = 5


class StreamParts(list[Bytes]):
    """Collects what a pickler writes; large strings and bytes are kept as they come, without a copy."""

    write = list.append


class _BufferCollector:
    """Takes the buffers of one pickler. An object of its own, which must not refer to the pickler.

    The pickler refers to it, so that would be a reference loop with memoryviews in it, and before Python 3.12.4 the
    garbage collector crashes on those (CPython issue 77894).
    """

    def __init__(self) -> None:
        self.buffers: list[BufferMemory] = []
        self.of_frames: dict[int, pickle.PickleBuffer] = {}
        """By identity: buffers of pandas objects."""

    def take(self, buffer: pickle.PickleBuffer) -> bool:
        """Accept a buffer, or refuse one that is not contiguous: pickle says so, with the name of the type."""
        try:
            self.buffers.append(buffer_memory(buffer, frame=id(buffer) in self.of_frames))
        except BufferError:
            return True
        return False


class ValuePickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle is not typed
    """Pickle one value into `parts` and `buffers`.

    Parameters
    ----------
    names:
        The notebook's namespace.
    seen:
        If given, every object on the way is appended to it (temporary ones too, which it keeps alive).
    as_views:
        Identities of the arrays to write as a view of their memory (see `ArrayView`).
    definitions_by_name:
        Do not look into functions and classes of the notebook. What is written cannot be loaded then.

    """

    def __init__(
        self,
        names: NotebookNames,
        *,
        seen: list[object] | None = None,
        as_views: frozenset[int] = frozenset(),
        definitions_by_name: bool = False,
    ) -> None:
        self.parts = StreamParts()
        collector = _BufferCollector()
        self.buffers = collector.buffers
        self.views: list[ArrayView] = []
        self.owners: list[ArrayView] = []
        """Small arrays that were written as owners of their memory."""
        self.classes: list[type] = []
        """Classes that were pickled by value."""
        self._names = names
        self._by_name = definitions_by_name
        self._as_views = as_views
        self._plain: set[type] = set()
        self._frame_arrays: set[int] = set()
        self._frame_buffers = collector.of_frames
        self._copies: list[Any] = []
        """Arrays whose memory was taken by address; kept alive."""
        self._numpy: Any = sys.modules.get("numpy")
        # A plain dict: looked up in C, for every object.
        self.dispatch_table = {
            **copyreg.dispatch_table,
            **notebook_objects.dispatch_table(names),
            **_EXACT_REDUCERS,
        }
        if self._numpy is not None:
            self.dispatch_table[self._numpy.finfo] = numpy_arrays.reduce_float_limits
        if seen is not None:
            # Called for every object; append returns None, which means "not persistent". In C, it costs 25 ns.
            self.persistent_id: Callable[[object], None] = seen.append
        super().__init__(self.parts, protocol=PROTOCOL, buffer_callback=collector.take)

    def reducer_override(self, obj: Any) -> Any:
        """Reduce functions, classes and what numpy and pandas have; called for all but the simplest types."""
        kind = type(obj)
        if kind in self._plain:
            return NotImplemented
        if kind is types.FunctionType:
            return self._reduce_function(obj)
        if kind is Definition:
            return notebook_objects.reduce_definition(obj.value, self._names)
        if issubclass(kind, type):
            return self._reduce_class(obj)
        if self._numpy is not None and kind is self._numpy.ndarray:
            return self._reduce_array(obj)
        if issubclass(kind, BaseException):
            return reduce_exception(obj)
        if frame_attributes.applies_to(kind):
            return frame_attributes.reduce(obj, PROTOCOL)
        if self._numpy is not None and issubclass(kind, self._numpy.ndarray):
            return numpy_arrays.reduce_subclass(obj, PROTOCOL)
        if is_arrow_array(kind):
            return reduce_arrow_array(obj)
        if _is_frame_part(kind):
            self._note_frame_part(obj)
            return NotImplemented
        if kind in self._names.sentinel_kinds:
            return self._names.reduce_sentinel(obj) or NotImplemented
        self._plain.add(kind)
        return NotImplemented

    def _reduce_function(self, function: types.FunctionType) -> Any:
        name = self._names.setup_name(function)
        if name is not None or (self._by_name and has_state(function)):
            return notebook_objects.reduce_by_name(name or function.__qualname__)
        if self._names.owns_function(function):
            return notebook_objects.reduce_function(function)
        if notebook_objects.is_dispatcher(function) and function.__module__ == notebook_objects.MAIN:
            return notebook_objects.reduce_dispatcher(function)
        module = module_of_names(function)
        if module is not None:
            return reduce_module_function(function, module)
        return super().reducer_override(function)

    def _reduce_class(self, cls: type) -> Any:
        name = self._names.setup_name(cls)
        if name is not None or (self._by_name and has_state(cls)):
            return notebook_objects.reduce_by_name(name or cls.__qualname__)
        if cls.__module__ == "builtins" or cloudpickle._should_pickle_by_reference(cls):  # noqa: SLF001  not public
            return super().reducer_override(cls)
        self.classes.append(cls)
        return notebook_objects.reduce_class(cls, self._names)

    def _reduce_array(self, array: Any) -> Any:
        kind = array.dtype
        if kind.hasobject:
            return self._reduce_objects(array)
        if id(array) in self._as_views:
            return self._array_reduction(array, array)
        if numpy_arrays.owns_little(array) and id(array) not in self._frame_arrays:
            self.owners.append(ArrayView(array, *span_of(array)))
            return numpy_arrays.reduce_owner(array)
        contiguous = array.flags.c_contiguous or array.flags.f_contiguous
        if not contiguous:
            self.views.append(ArrayView(array, *span_of(array)))
        elif kind.isnative and kind.kind not in "mM" and not writes_to_file(array):
            return self._numpy_reduction(array)
        # numpy itself copies these into the stream, and turns the other byte order into this machine's.
        return self._array_reduction(array, array if contiguous else without_gaps(array))

    def _reduce_objects(self, array: Any) -> Any:
        if id(array) in self._frame_arrays:
            return NotImplemented
        if id(array) in self._as_views:
            view = numpy_arrays.reduce_object_view(array)
            if view is not NotImplemented:
                return view
        else:
            self.views.append(ArrayView(array, *span_of(array)))
        return numpy_arrays.reduce_with_extras(array, PROTOCOL)

    def _numpy_reduction(self, array: Any) -> Any:
        if id(array) not in self._frame_arrays:
            return NotImplemented
        reduction = array.__reduce_ex__(PROTOCOL)
        for argument in reduction[1]:
            if isinstance(argument, pickle.PickleBuffer):
                self._frame_buffers[id(argument)] = argument
        return reduction

    def _array_reduction(self, array: Any, source: Any) -> tuple[Any, ...]:
        """Reduction to the memory of `source`, which is the array or a copy of it."""
        self._copies.append(source)
        readonly = not array.flags.writeable or writes_to_file(array)
        start, end = span_of(source)
        memory = pickle.PickleBuffer(memory_at(start, end, readonly=readonly))
        if id(array) in self._frame_arrays:
            self._frame_buffers[id(memory)] = memory
        first = int(source.__array_interface__["data"][0])
        return numpy_arrays.make_array, (memory, source.dtype, source.shape, source.strides, first - start)

    def _note_frame_part(self, part: Any) -> None:
        # A frame pickles its blocks, a series the array of its only one; an index has its data.
        blocks = getattr(part, "blocks", (part,))
        for values in [getattr(block, name, None) for block in blocks for name in ("values", "_data")]:
            for array in (values, *(getattr(values, name, None) for name in ("_ndarray", "_data", "_mask"))):
                if array is not None and type(array) is self._numpy.ndarray:
                    self._frame_arrays.add(id(array))


def _is_frame_part(kind: type) -> bool:
    return kind.__module__.startswith(("pandas.core.internals", "pandas.core.indexes", "pandas._libs.internals"))


# --- what pickle streams call; the names are part of the format


make_array = numpy_arrays.make_array
"""Under the name that it has in files written so far."""


def make_memoryview(memory: Any, kind: str, shape: tuple[int, ...]) -> memoryview:
    """A memoryview, as it was."""
    view: Any = memoryview(memory)
    return view if (kind, len(shape)) == ("B", 1) else view.cast("B").cast(kind, shape)  # type: ignore[no-any-return]


def make_memoryview_of(owner: bytearray, start: int, size: int, kind: str, shape: tuple[int, ...]) -> memoryview:
    """A memoryview of a part of a bytearray, which shows what is written to either."""
    return make_memoryview(memoryview(owner)[start : start + size], kind, shape)


def _reduce_memoryview(view: memoryview) -> tuple[Any, ...]:
    owner = view.obj
    if type(owner) is bytearray and view.c_contiguous and view.nbytes and not view.readonly:
        start = _address(view) - _address(owner)
        return make_memoryview_of, (owner, start, view.nbytes, view.format, view.shape)
    return make_memoryview, (pickle.PickleBuffer(view), view.format, view.shape)


def _address(memory: bytearray | memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _reduce_text_file(file: io.TextIOWrapper) -> tuple[Any, ...]:
    for name in ("stdout", "stderr", "stdin"):
        if file is getattr(sys, name):
            return getattr, (sys, name)
    raise TypeError(f"cannot pickle '{type(file).__name__}' object")


_EXACT_REDUCERS: dict[type, Callable[[Any], Any]] = {
    # cloudpickle turns these into bytes and a StringIO.
    memoryview: _reduce_memoryview,
    io.TextIOWrapper: _reduce_text_file,
}
