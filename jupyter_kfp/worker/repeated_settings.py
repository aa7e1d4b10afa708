"""Settings of earlier steps that a step makes again before its first cell, or once the library is imported.

A step that never imports pandas need not import it for an option of pandas; but the value of an earlier step may bring
it, or code that the compiler does not see. So what a setting does waits for its module.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

Action = Callable[[], object]


def repeat(source: str, module: str = "") -> None:
    """Run a complete statement: at once, or when `module` is imported."""

    def run() -> None:
        exec(compile(source, "<setting of an earlier step>", "exec"), {"__name__": "__main__"})  # noqa: S102  from the notebook

    if module:
        when_imported(module, run)
    else:
        run()


def when_imported(module: str, action: Action) -> None:
    """Call `action` now if the module is loaded, else right after its code has run."""
    if module in sys.modules:
        action()
        return
    _waiting.actions.setdefault(module, []).append(action)
    if _waiting not in sys.meta_path:
        sys.meta_path.insert(0, _waiting)


class _Waiting(importlib.abc.MetaPathFinder):
    """Finds nothing itself; sees which modules are imported."""

    def __init__(self) -> None:
        self.actions: dict[str, list[Action]] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self.actions:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)
                return spec
        return None

    def imported(self, name: str) -> None:
        """Do what waited for a module, in order."""
        actions = self.actions.pop(name, [])
        if not self.actions and self in sys.meta_path:
            sys.meta_path.remove(self)
        for action in actions:
            action()


class _Loader(importlib.abc.Loader):
    """The module's own loader, until its code has run."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        module: types.ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        _waiting.imported(module.__name__)


_waiting = _Waiting()
