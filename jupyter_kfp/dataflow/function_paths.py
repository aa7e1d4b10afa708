"""Inside a function: which local names stand for something imported, or for a part of it."""

from __future__ import annotations

import ast
from collections.abc import Collection

from jupyter_kfp.dataflow.expressions import STATE_GIVERS, called_path, dotted_name, last_name


class FunctionPaths:
    """Learns from the statements of a function, whatever their order.

    Parameters
    ----------
    local:
        All names of the function's own, those of functions around it included.

    """

    def __init__(self, local: Collection[str]) -> None:
        self._local = local
        self._modules: dict[str, str] = {}
        """Local names that the function imports, with the dotted path."""
        self._parts: dict[str, str] = {}
        """Other local names, with the dotted name of what they are: ``env = os.environ``, ``log = getLogger("a")``."""

    def learn(self, node: ast.AST) -> None:
        """Take a statement into account."""
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    top = alias.name.partition(".")[0]
                    self._modules[alias.asname or top] = alias.name if alias.asname else top
            case ast.ImportFrom(names=aliases, module=str() as module, level=0):
                for alias in aliases:
                    self._modules[alias.asname or alias.name] = f"{module}.{alias.name}"
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in self._local:
                path = self._path_of_call(value) if isinstance(value, ast.Call) else dotted_name(value)
                if path and path.partition(".")[0] != name:
                    self._parts[name] = path

    def _path_of_call(self, value: ast.Call) -> str | None:
        return called_path(value)[0] if last_name(value.func) in STATE_GIVERS else None

    def resolve(self, dotted: str) -> tuple[str, bool] | None:
        """Of a dotted name: what it stands for, and whether that begins with a module, not with a name of the notebook.

        None if it is something local.
        """
        for _ in range(len(self._parts) + 1):
            root, dot, rest = dotted.partition(".")
            if root in self._modules:
                return f"{self._modules[root]}{dot}{rest}", True
            if root not in self._local:
                return dotted, False
            if root not in self._parts:
                return None
            dotted = f"{self._parts[root]}{dot}{rest}"
        return None
