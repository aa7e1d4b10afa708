"""Arrays of numpy as pickle would not keep them: layout, views, flags, attributes of subclasses.

The layout counts: numpy sums the elements of an array in the order and grouping that its strides suggest, so a copy
that is merely equal may have a sum that differs in the last digit.
"""

from __future__ import annotations

import math
import sys
from typing import Any, Literal

_LITTLE = 1 << 14
"""Bytes up to which an array is copied when it is loaded."""
_FILE_MODES = frozenset({"r+", "w+"})
"""Of `numpy.memmap`: what is written to the array is written to the file."""


class ArrayView:
    """An array that looks at a part of some memory, or at memory of objects, with the span of it."""

    __slots__ = ("array", "end", "start")

    def __init__(self, array: Any, start: int, end: int) -> None:
        self.array = array
        self.start = start
        self.end = end


def span_of(array: Any) -> tuple[int, int]:
    """Addresses of the first byte that an array looks at and of the one after the last."""
    start = end = int(array.__array_interface__["data"][0])
    if array.size == 0:
        return start, end
    for length, stride in zip(array.shape, array.strides, strict=True):
        if stride < 0:
            start += (length - 1) * stride
        else:
            end += (length - 1) * stride
    return start, end + array.itemsize


def without_gaps(array: Any) -> Any:
    """An equal array whose memory holds nothing else, with axes that run and join as they did.

    The array itself if its memory is no larger than its elements, or if they overlap. Otherwise a copy in which each
    gap between elements, or between rows, is one element wide and zero.
    """
    start, end = span_of(array)
    strides = _narrow_strides(array) if end - start > array.nbytes else None
    if strides is None:
        return array
    import numpy as np

    steps = [(n - 1) * stride for n, stride in zip(array.shape, strides, strict=True)]
    memory = np.zeros(sum(map(abs, steps)) + array.itemsize, dtype=np.uint8)
    first = -sum(step for step in steps if step < 0)
    copy: Any = np.ndarray(array.shape, array.dtype, buffer=memory, offset=first, strides=strides)
    copy[...] = array
    return copy


def _narrow_strides(array: Any) -> list[int] | None:
    """Strides of the same order and signs, that join axes where these do; None if elements overlap."""
    strides = [array.itemsize] * array.ndim
    joined = narrow = array.itemsize  # strides with which the next axis would follow without a gap, before and after
    for axis in sorted((i for i, n in enumerate(array.shape) if n > 1), key=lambda i: abs(array.strides[i])):
        stride = abs(array.strides[axis])
        if stride < joined:
            return None
        step = narrow if stride == joined else narrow + array.itemsize
        strides[axis] = step if array.strides[axis] > 0 else -step
        joined, narrow = stride * array.shape[axis], step * array.shape[axis]
    return strides


def writes_to_file(array: Any) -> bool:
    """Whether writing to the array changes a file that it was opened on.

    Loaded, such an array is read-only: its content is kept, but what a later step wrote would not reach the file.
    """
    numpy: Any = sys.modules["numpy"]
    while isinstance(array, numpy.ndarray):
        if isinstance(array, numpy.memmap) and getattr(array, "mode", None) in _FILE_MODES:
            return True
        array = array.base
    return False


def owns_little(array: Any) -> bool:
    """Whether an array is small, has memory of its own, and may be written: it should have its own again.

    Then it can be resized in place, and is the base of its views. Larger ones look at the file that they came in.
    """
    flags = array.flags
    return bool(
        array.nbytes <= _LITTLE
        and flags.owndata
        and flags.writeable
        and array.base is None
        and (flags.c_contiguous or flags.f_contiguous)
    )


def reduce_owner(array: Any) -> tuple[Any, ...]:
    """Reduction of a small array to its bytes."""
    order = "C" if array.flags.c_contiguous else "F"
    return make_owner, (array.tobytes("A"), array.dtype, array.shape, order)


def reduce_object_view(array: Any) -> Any:
    """Reduction of an array of objects to the array whose memory it looks at; of that one as numpy does it."""
    root = array
    while type(root.base) is type(root) and root.base.dtype == root.dtype:
        root = root.base
    if root is array or not (root.flags.c_contiguous or root.flags.f_contiguous):
        return NotImplemented
    first = (_address(array) - _address(root)) // array.itemsize
    return make_object_view, (root, first, array.shape, array.strides, bool(array.flags.writeable))


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def reduce_subclass(array: Any, protocol: int) -> Any:
    """Reduction of an array of a subclass to the plain array over its memory, which others may look at too."""
    numpy: Any = sys.modules["numpy"]
    kind = type(array)
    is_masked = kind.__reduce__ is numpy.ma.MaskedArray.__reduce__ and hasattr(array, "_mask")
    if not (is_masked or (kind.__reduce__ is numpy.ndarray.__reduce__ and _has_plain_state(kind))):
        return NotImplemented  # The class has its own way.
    if array.dtype.hasobject or isinstance(array, numpy.memmap) or not _is_contiguous(array):
        return reduce_with_extras(array, protocol)
    return make_subclass, (kind, array.view(numpy.ndarray), dict(getattr(array, "__dict__", {})))


def _has_plain_state(kind: type) -> bool:
    numpy: Any = sys.modules["numpy"]
    return getattr(kind, "__setstate__", None) is numpy.ndarray.__setstate__


def _is_contiguous(array: Any) -> bool:
    return bool(array.flags.c_contiguous or array.flags.f_contiguous)


def reduce_with_extras(array: Any, protocol: int) -> Any:
    """Complete the reduction of numpy by what it forgets: see `set_array_state`."""
    numpy: Any = sys.modules["numpy"]
    if type(array).__reduce__ is numpy.ma.MaskedArray.__reduce__:
        attributes = {name: array.__dict__[name] for name in ("_hardmask", "_sharedmask") if name in array.__dict__}
    elif type(array).__reduce__ is numpy.ndarray.__reduce__ and type(array).__setstate__ is numpy.ndarray.__setstate__:
        attributes = {name: each for name, each in getattr(array, "__dict__", {}).items() if name != "_mmap"}
    else:
        return NotImplemented  # The class has its own way.
    writeable = bool(array.flags.writeable) and not writes_to_file(array)
    if not attributes and writeable:
        return NotImplemented
    constructor, arguments, state, *_ = array.__reduce_ex__(min(protocol, 4))
    return constructor, arguments, (state, attributes, writeable), None, None, set_array_state


def reduce_float_limits(limits: Any) -> Any:
    """Reduction of `numpy.finfo`, which pickle writes but cannot read."""
    return type(limits), (limits.dtype,)


# --- what pickle streams call; the names are part of the format


def make_array(memory: Any, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """An array over a span of memory."""
    import numpy as np

    return np.ndarray(shape, dtype, buffer=memory, offset=offset, strides=strides)


def make_owner(data: bytes, dtype: Any, shape: tuple[int, ...], order: Literal["C", "F"]) -> Any:
    """An array with memory of its own."""
    import numpy as np

    array: Any = np.ndarray(shape, dtype, buffer=data, order=order)
    return array.copy(order)


def make_subclass(kind: Any, array: Any, attributes: dict[str, Any]) -> Any:
    """An array of a subclass over the memory of a plain one."""
    made = array.view(kind)
    if attributes:
        made.__dict__.update(attributes)
    return made


def make_object_view(root: Any, first: int, shape: tuple[int, ...], strides: tuple[int, ...], writeable: bool) -> Any:
    """An array that looks at the memory of an array of objects, from one of its elements on."""
    from numpy.lib.stride_tricks import as_strided

    if not math.prod(shape):
        return root.ravel("K")[:0].reshape(shape)
    return as_strided(root.ravel("K")[first:], shape, strides, writeable=writeable)


def set_array_state(array: Any, extras: tuple[Any, dict[str, Any], bool]) -> Any:
    """Set what numpy pickles of an array, then the attributes of its subclass and whether it may be written."""
    state, attributes, writeable = extras
    array.__setstate__(state)
    if attributes:
        array.__dict__.update(attributes)
    if not writeable:
        array.flags.writeable = False
    return array
