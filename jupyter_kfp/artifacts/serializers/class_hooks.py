"""What classes of the notebook do when others are derived from them: not again where those arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_HOOK = "__init_subclass__"
_MAIN = "__main__"


@contextmanager
def without_hooks(bases: Iterable[Any]) -> Iterator[None]:
    """While a class is made again: only the hooks of libraries among its base classes run."""
    above = dict.fromkeys(each for base in bases for each in getattr(base, "__mro__", ()))
    hooks = {each: vars(each)[_HOOK] for each in above if each.__module__ == _MAIN and _HOOK in vars(each)}
    for each in hooks:
        # Replaced, not deleted: the order of a class's attributes is part of what is compared.
        type.__setattr__(each, _HOOK, _quiet(each))
    try:
        yield
    finally:
        for each, hook in hooks.items():
            type.__setattr__(each, _HOOK, hook)


def _quiet(owner: Any) -> Any:
    def pass_on(cls: Any, /, **keywords: Any) -> None:
        super(owner, cls).__init_subclass__(**keywords)

    return classmethod(pass_on)
