"""State that libraries keep for the process. Each function is only called while its library is loaded."""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Slot = tuple[str, str, str, Callable[[], Any], Callable[[Any], None]]
"""Name, label, module, how it is read, how it is set."""


def _library(name: str) -> Any:
    return sys.modules[name]


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Options that are deprecated say so when they are read or set; nobody asked for them here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# --- numpy


def _read_numpy_random() -> Any:
    return _library("numpy").random.get_state()


def _write_numpy_random(state: Any) -> None:
    _library("numpy").random.set_state(state)


def read_numpy_print() -> dict[str, Any]:
    """Print options."""
    return dict(_library("numpy").get_printoptions())


def _write_numpy_print(options: dict[str, Any]) -> None:
    options = dict(options)
    options.pop("override_repr", None)
    _library("numpy").set_printoptions(**options)


def read_numpy_errors() -> tuple[dict[str, str], Any]:
    """What happens on each kind of error, and the function to call."""
    numpy = _library("numpy")
    return dict(numpy.geterr()), numpy.geterrcall()


def _write_numpy_errors(state: tuple[dict[str, str], Any]) -> None:
    kinds, call = state
    numpy = _library("numpy")
    numpy.seterrcall(call)
    numpy.seterr(**kinds)


# --- torch


def _read_torch_random() -> bytes:
    return bytes(_library("torch").get_rng_state().numpy().tobytes())


def _write_torch_random(state: bytes) -> None:
    torch = _library("torch")
    torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))


# --- pandas


def read_pandas() -> dict[str, Any]:
    """Options by name, as pandas keeps them: reading one by one would run checks and warnings of each."""
    return dict(_flat(_library("pandas._config.config")._global_config))  # noqa: SLF001  there is no public way to all


def _flat(options: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _write_pandas(options: dict[str, Any]) -> None:
    current = read_pandas()
    with _without_warnings():
        for name, value in options.items():
            if name in current and not same(current[name], value):
                _library("pandas").set_option(name, value)


# --- matplotlib


def read_plot_style() -> dict[str, Any]:
    """``rcParams`` without what belongs to the process, by name."""
    parameters = _library("matplotlib").rcParams
    # Not the backend: which one there is depends on the process, and asking may load one.
    return {name: copy.copy(dict.__getitem__(parameters, name)) for name in dict.keys(parameters) if _is_style(name)}


def _is_style(name: str) -> bool:
    return not name.startswith(("backend", "interactive", "webagg", "tk", "toolbar"))


def _write_plot_style(style: dict[str, Any]) -> None:
    parameters = _library("matplotlib").rcParams
    with _without_warnings():
        for name, value in style.items():
            if name in parameters and not same(dict.__getitem__(parameters, name), value):
                parameters[name] = value


def same(one: object, other: object) -> bool:
    """Whether two values of an option are equal, as far as they can be compared."""
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001  values of any library, which may compare as they like; set again, then
        return False


# --- scikit-learn


def _read_sklearn() -> dict[str, Any]:
    return dict(_library("sklearn").get_config())


def _write_sklearn(config: dict[str, Any]) -> None:
    _library("sklearn").set_config(**config)


SLOTS: tuple[Slot, ...] = (
    ("numpy_random", "state of numpy's random generator", "numpy", _read_numpy_random, _write_numpy_random),
    ("torch_random", "state of torch's random generator", "torch", _read_torch_random, _write_torch_random),
    ("numpy_print", "print options of numpy", "numpy", read_numpy_print, _write_numpy_print),
    ("numpy_errors", "error handling of numpy", "numpy", read_numpy_errors, _write_numpy_errors),
    ("pandas_options", "options of pandas", "pandas", read_pandas, _write_pandas),
    ("plot_style", "style of matplotlib", "matplotlib", read_plot_style, _write_plot_style),
    ("sklearn_config", "configuration of scikit-learn", "sklearn", _read_sklearn, _write_sklearn),
)
