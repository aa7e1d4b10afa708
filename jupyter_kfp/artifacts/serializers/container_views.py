"""Views of dicts and iterators over them, which show what happens to the dict: they come back as views of it.

pickle refuses most of them, and cloudpickle makes views of copies.
"""

from __future__ import annotations

import gc
import itertools
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_VIEWS = ("keys", "values", "items")
_KINDS: tuple[type, ...] = (dict, OrderedDict)


def reduce_view(view: Any) -> tuple[Any, ...]:
    """Reduction of ``d.keys()``, ``d.values()`` or ``d.items()`` to the dict itself."""
    return make_view, (_owner(view), _VIEW_NAMES[type(view)])


def reduce_proxy(proxy: Any) -> tuple[Any, ...]:
    """Reduction of a read-only proxy to the mapping behind it; of the attributes of a class to a copy of them."""
    owner = next(iter(gc.get_referents(proxy)))
    return types.MappingProxyType, (dict(proxy) if "__weakref__" in proxy and "__module__" in proxy else owner,)


def reduce_iterator(iterator: Any) -> tuple[Any, ...]:
    """Reduction of an iterator over a dict to the dict and the number of elements that were taken."""
    owner, left = _owner(iterator), iterator.__length_hint__()
    if owner is None or not left:  # Nothing comes of it any more, or an error, if the dict has grown.
        return iterator.__reduce__()  # type: ignore[no-any-return]
    return make_iterator, (owner, *_ITERATOR_NAMES[type(iterator)], len(owner) - left)


def _owner(view: Any) -> Any:
    # Its attribute `mapping` is a proxy, which does not give the dict away.
    return next((each for each in gc.get_referents(view) if isinstance(each, dict)), None)


# --- what pickle streams call; the names are part of the format


def make_view(owner: dict[Any, Any], name: str) -> Any:
    """A view of a dict, whatever the methods of its class do."""
    kind = OrderedDict if isinstance(owner, OrderedDict) else dict
    return getattr(kind, name)(owner)


def make_iterator(owner: dict[Any, Any], name: str, backwards: bool, taken: int) -> Iterator[Any]:
    """An iterator over a dict, from which some elements were taken."""
    view = make_view(owner, name)
    iterator: Iterator[Any] = reversed(view) if backwards else iter(view)
    next(itertools.islice(iterator, taken, taken), None)
    return iterator


_VIEW_NAMES: Mapping[type, str] = {type(make_view(kind(), name)): name for kind in _KINDS for name in _VIEWS}
_ITERATOR_NAMES: Mapping[type, tuple[str, bool]] = {
    type((reversed if backwards else iter)(make_view({}, name))): (name, backwards)
    for name in _VIEWS
    for backwards in (False, True)
}
REDUCERS: Mapping[type, Callable[[Any], Any]] = {
    **dict.fromkeys(_VIEW_NAMES, reduce_view),
    **dict.fromkeys(_ITERATOR_NAMES, reduce_iterator),
    types.MappingProxyType: reduce_proxy,
}
