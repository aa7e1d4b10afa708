"""What frames have besides their data, and the objects of formulas, which refuse to be pickled without need.

pandas forgets attributes that were set on a frame; `patsy.dmatrices` keeps there how its columns were made.
"""

from __future__ import annotations

import sys
from typing import Any


def applies_to(kind: type) -> bool:
    """Whether `reduce` knows how to reduce objects of the class."""
    return _is_frame(kind) or _refuses(kind)


def reduce(value: Any, protocol: int) -> Any:
    """Reduction that keeps all attributes; NotImplemented if that of the class does."""
    kind = type(value)
    if not _is_frame(kind):
        return _reduce_array(value) if hasattr(value, "__array__") else (object.__new__, (kind,), dict(vars(value)))
    given = given_attributes(value)
    if not given:
        return NotImplemented
    function, arguments, state, *_ = value.__reduce_ex__(protocol)
    return function, arguments, (state, given), None, None, set_frame_state


def given_attributes(frame: Any) -> dict[str, Any]:
    """Attributes that were set on a frame or series; accessors that it keeps for itself are not among them."""
    kind = type(frame)
    return {name: one for name, one in vars(frame).items() if not (name.startswith("_") or hasattr(kind, name))}


def _is_frame(kind: type) -> bool:
    """Whether it is a class of frames or series that is pickled as pandas does it."""
    pandas: Any = sys.modules.get("pandas")
    frame, series = getattr(pandas, "DataFrame", None), getattr(pandas, "Series", None)
    if frame is None or series is None or not issubclass(kind, frame | series):
        return False
    return bool(getattr(kind, "__setstate__", None) is frame.__setstate__)


def _refuses(kind: type) -> bool:
    """Whether it is one of patsy's classes: plain objects with methods for pickle that only raise."""
    methods = [getattr(kind, name, None) for name in ("__getstate__", "__reduce__")]
    own = [str(getattr(method, "__module__", "")).startswith("patsy.") for method in methods]
    return kind.__module__.startswith("patsy.") and any(own)


def _reduce_array(value: Any) -> tuple[Any, ...]:
    numpy: Any = sys.modules["numpy"]
    return view_as, (type(value), value.view(numpy.ndarray)), dict(vars(value)), None, None, set_attributes


# --- what pickle streams call; the names are part of the format


def set_frame_state(frame: Any, state: tuple[Any, dict[str, Any]]) -> None:
    """Set what pandas pickled, and the attributes."""
    own, given = state
    frame.__setstate__(own)
    set_attributes(frame, given)


def set_attributes(value: Any, given: dict[str, Any]) -> None:
    """Set attributes, without what the class does when they are set."""
    vars(value).update(given)


def view_as(kind: type, array: Any) -> Any:
    """An array of a subclass over the memory of a plain one."""
    return array.view(kind)
