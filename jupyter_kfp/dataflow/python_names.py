"""Names that are there without the notebook binding them, and names that look like others."""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Iterable

BUILTIN_NAMES = frozenset(dir(builtins)) | {
    "__name__",
    "__doc__",
    "__package__",
    "__loader__",
    "__spec__",
    "__builtins__",
}
IPYTHON_NAMES = frozenset({"display", "get_ipython", "exit", "quit", "__session__", "__builtin__"})
_HISTORY = re.compile(r"_{1,3}|_\d+|_i{1,3}|_i\d+|In|Out|_oh|_ih|_dh")


def is_builtin(name: str) -> bool:
    """Whether Python looks the name up among its own when the notebook does not bind it."""
    return hasattr(builtins, name)


def is_provided(name: str) -> bool:
    """Whether Python or IPython binds the name in every kernel."""
    return name in BUILTIN_NAMES or name in IPYTHON_NAMES


def is_history(name: str) -> bool:
    """Whether IPython binds the name to what earlier cells gave or were."""
    return _HISTORY.fullmatch(name) is not None


def similar_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant."""
    candidates = sorted(known)
    folded = [other for other in candidates if other.casefold() == name.casefold()]
    if folded:
        return folded[0]
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.75)
    return close[0] if close else None
