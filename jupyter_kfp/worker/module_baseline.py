"""Data of the user's own modules that changes where the analysis saw no change of it, and that later steps would miss.

Plain data and attributes of the modules' own classes and instances are compared, up to a size; it is looked at when the
step begins, and of modules that are loaded later once their code ran.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_kfp.spec.shipped_files import WatchedModule
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.shipped_modules import ShippedCode

_MOST_PARTS = 20_000
"""Values that are looked at in one variable."""
_REMEMBERS = re.compile(r"cache|memo|(?<![a-z])lazy", re.IGNORECASE)
"""In names of what only remembers what can be computed again."""
_SCALARS = (int, float, complex, str, bytes, bool, type(None), range)
Print = tuple[Any, ...]


class _NotPlainError(Exception):
    """A value is too large, or not made of plain data."""


class ModuleBaseline:
    """Of one step."""

    def __init__(self, code: ShippedCode, watched: Mapping[str, WatchedModule]) -> None:
        self._code = code
        self._watched = watched
        self._before: dict[tuple[str, str], Print] = {}
        for module in code.modules():
            self._look(module)
        code.loaded.append(self._look)

    def _look(self, module: types.ModuleType) -> None:
        if module.__name__ in self._watched:
            for name, value in list(vars(module).items()):
                found = self._print(value, name, module.__name__)
                if found is not None:
                    self._before[module.__name__, name] = found

    def _print(self, value: object, name: str, module: str) -> Print | None:
        """What is compared; None for what is not looked at."""
        if name.startswith("__") or isinstance(value, types.ModuleType | types.FunctionType):
            return None
        if isinstance(value, type) and value.__module__ != module:
            return None
        try:
            return _Printer(self._code).print(value)
        except _NotPlainError:
            return None

    def problems(self, step: str, outputs: Iterable[str]) -> list[StepError]:
        """What changed, and who would miss it; `outputs` are the names that the step hands on."""
        handed_on = set(outputs)
        found = []
        loaded = {one.__name__: one for one in reversed(self._code.modules())}
        for (module, name), before in sorted(self._before.items(), key=lambda entry: entry[0]):
            watched = self._watched[module]
            names = set(watched.ignored) | (set(watched.carried) if watched.variable in handed_on else set())
            if name in names or _REMEMBERS.search(name):
                continue
            if module not in loaded:
                continue
            now = vars(loaded[module])
            if name not in now or self._print(now[name], name, module) != before:
                found.append(_problem(step, module, name, watched))
        return found


def _problem(step: str, module: str, name: str, watched: WatchedModule) -> StepError:
    users = f"step {watched.used_by[0]}" if len(watched.used_by) == 1 else f"steps {', '.join(watched.used_by)}"
    return StepError(
        code="KFP331",
        message=f"step {step} changes {module}.{name}; a step loads the module anew, so {users} would not see it",
        hint=f"change it where its name is written, in the notebook or in a function of {module}: then it is handed "
        "on; or keep what changes in a variable of the notebook",
    )


class _Printer:
    """Makes something comparable of a value. Raises `_NotPlainError`."""

    def __init__(self, code: ShippedCode) -> None:
        self._code = code
        self._parts = 0
        self._around: set[int] = set()

    def print(self, value: Any) -> Print:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _NotPlainError
        kind = type(value)
        if kind in _SCALARS:
            return (kind.__name__, repr(value) if kind in (float, complex) else value)
        if id(value) in self._around:
            return ("above",)
        self._around.add(id(value))
        found = (kind.__name__, *self._inner(value, kind))
        self._around.discard(id(value))
        return found

    def _inner(self, value: Any, kind: type) -> Iterable[Any]:
        if isinstance(value, type):
            return self._attributes({key: each for key, each in vars(value).items() if _is_data(key, each)})
        if issubclass(kind, dict):
            return [(self.print(key), self.print(each)) for key, each in dict.items(value)]
        if issubclass(kind, list | tuple):
            return [self.print(each) for each in value]
        if issubclass(kind, set | frozenset):
            return sorted(map(repr, map(self.print, value)))
        if self._code.defines(kind) and hasattr(value, "__dict__"):
            return self._attributes(vars(value))
        raise _NotPlainError

    def _attributes(self, found: Mapping[str, Any]) -> list[tuple[str, Print]]:
        return [(key, self.print(each)) for key, each in found.items() if not _REMEMBERS.search(key)]


def _is_data(key: str, value: object) -> bool:
    return not (key.startswith("__") and key.endswith("__")) and isinstance(value, (*_SCALARS, list, dict, set, tuple))
