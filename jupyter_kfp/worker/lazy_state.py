"""State that objects make or count for themselves when they are only used: no change in the eyes of their user."""

from __future__ import annotations

from typing import Any

from jupyter_kfp.artifacts.serializers.notebook_objects import MAIN

_VOLATILE_ATTRIBUTES = {
    # The identity of a list, to warn about it once.
    "sklearn": frozenset({"_stop_words_id"}),
}
"""By package: attributes that predicting sets."""
_ADDS_FREELY = ("statsmodels",)
"""Packages whose objects get attributes, public ones too, when a summary or a prediction is asked for."""
_COUNTERS = {
    # n_trims, n_leaves, n_splits, n_calls of sklearn.neighbors' trees count their queries.
    "sklearn.neighbors._kd_tree": slice(7, 11),
    "sklearn.neighbors._ball_tree": slice(7, 11),
}
"""By module: positions in an object's state, a tuple, that count what was asked."""


def is_lazy(kind: type, name: object) -> bool:
    """Whether an attribute only keeps what can be computed again, whatever its value."""
    if not isinstance(name, str):
        return False
    if name.startswith("_") and "cache" in name.lower():
        return True
    if name in _VOLATILE_ATTRIBUTES.get(_package(kind), ()):
        return True
    attribute = next((each.__dict__[name] for each in kind.__mro__ if name in each.__dict__), None)
    return _is_cached_property(attribute)


def is_drawing(kind: type) -> bool:
    """Whether objects are parts of a figure, which being drawn changes throughout: they are not compared."""
    return _package(kind) == "matplotlib"


def may_appear(kind: type, name: object) -> bool:
    """Whether an attribute that was not there before may have been made by mere use.

    A private one of a class that the notebook does not define; any of some packages.
    """
    if kind.__module__ == MAIN or not isinstance(name, str):
        return False
    return name.startswith("_") or _package(kind) in _ADDS_FREELY


def may_fill(kind: type, name: object) -> bool:
    """Whether an attribute that was None may have been computed by mere use: in some packages."""
    return isinstance(name, str) and _package(kind) in _ADDS_FREELY


def without_counters(kind: type, state: Any) -> Any:
    """The state of an object without what counts its uses."""
    counters = _COUNTERS.get(kind.__module__)
    if counters is None or not isinstance(state, tuple):
        return state
    kept = list(state)
    del kept[counters]
    return tuple(kept)


def _package(kind: type) -> str:
    return kind.__module__.split(".", 1)[0]


def _is_cached_property(attribute: object) -> bool:
    """functools', pandas', statsmodels', scikit-learn's ...: descriptors that compute once and are not set by users."""
    kind = type(attribute)
    return "cache" in kind.__name__.lower() and hasattr(kind, "__get__")
