"""Functions and classes that a notebook defines: how they cross from one step's kernel to another's.

* What the replayed setup defines is pickled by name: every step has it, and ``isinstance`` holds.
* A function defined in a step is pickled as code, defaults and closure, without its globals. Where it is loaded it
  looks up globals in the notebook's namespace there, as it did where it was made.
* A class defined in a step is pickled by value under an identifier made from the step, its qualified name and its code,
  the same in equal runs. Whichever artifact brings it first makes the class; all others find it.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cloudpickle import cloudpickle

from jupyter_kfp.artifacts.serializers import container_views
from jupyter_kfp.artifacts.serializers.carried_definitions import (
    DISPATCH_CODE,
    has_state,
    parts_of,
    restored_definition,
    set_definition_state,
    state_of,
)
from jupyter_kfp.artifacts.serializers.class_hooks import without_hooks
from jupyter_kfp.artifacts.serializers.class_identity import COMPLETE, track_class
from jupyter_kfp.artifacts.serializers.code_sources import reduce_with_source

MAIN = "__main__"
"""Module of whatever a notebook defines."""
_CachedFunction = type(functools.lru_cache(int))


class NotebookNames:
    """A notebook's namespace as the pickler sees it.

    Parameters
    ----------
    user_globals:
        The namespace in which the cells run.
    step:
        Name of the step, part of the identity of the classes that it defines.
    file_labels:
        What to write for the file names that the kernel gave to cells (they hold the kernel's process id).

    """

    def __init__(
        self, user_globals: dict[str, Any], *, step: str = "", file_labels: Mapping[str, str] | None = None
    ) -> None:
        self.user_globals = user_globals
        self.step = step
        self.file_labels = dict(file_labels or {})
        self._setup: dict[str, Any] = {}
        self._parts: dict[int, dict[str, Any]] = {}
        """By identity of a function or class: what the setup left in it."""
        self._sentinels: dict[str, Any] = {}
        self._tokens = 0
        self.sentinel_kinds: set[type] = {object}
        """Classes of objects that are nothing but themselves."""

    def record_setup(self) -> None:
        """Remember the functions, classes and sentinels that are there now: the setup made them."""
        self._setup = {
            name: value
            for name, value in self.user_globals.items()
            if isinstance(value, type | types.FunctionType | _CachedFunction) and value.__module__ == MAIN
        }
        self._parts = {id(value): parts_of(value) for value in self._setup.values() if has_state(value)}
        self._sentinels = {name: value for name, value in self.user_globals.items() if is_sentinel(value)}
        self.sentinel_kinds |= set(map(type, self._sentinels.values()))

    @property
    def definitions(self) -> Mapping[str, Any]:
        """What the setup defined, by name, whatever the names stand for by now."""
        return self._sentinels | self._setup

    def reduce_sentinel(self, value: object) -> tuple[Any, ...] | None:
        """Reduction of an object of one of `sentinel_kinds`, if it is nothing but itself and has to stay that."""
        if not is_sentinel(value):
            return None
        name = next((name for name, known in self._sentinels.items() if known is value), None)
        if name is not None:
            return reduce_by_name(name)
        if type(value) is not object:
            return None
        if id(value) not in _token_of:
            self._tokens += 1
            _remember(value, f"{self.step}/{self._tokens}")
        return find_sentinel, (_token_of[id(value)],)

    def definition_state(self, value: Any) -> tuple[dict[str, Any], list[str]]:
        """What is to be handed on of a function or class; what cannot be pickled and is as it was, is left out."""
        kept, gone = state_of(value, before := self._parts.get(id(value), {}))
        return {name: each for name, each in kept.items() if before.get(name) is not each or self._goes(each)}, gone

    def _goes(self, part: object) -> bool:
        from jupyter_kfp.artifacts.serializers.pickled_value import pickle_value

        try:
            pickle_value(part, self)
        except Exception:  # noqa: BLE001  reducers of any library run here; a lock, say, is there in each step anew
            return False
        return True

    def setup_name(self, value: Any) -> str | None:
        """Qualified name of a function or class that the setup defined, else None."""
        if getattr(value, "__module__", None) != MAIN:
            return None
        qualified = value.__qualname__
        first, *rest = qualified.split(".")
        found = self._setup.get(first)
        for part in rest:
            found = vars(found).get(part) if isinstance(found, type) else None
        if found is value:
            return str(qualified)
        # A function may be known under another name than its own: ``g = functools.wraps(f)(h)``.
        return next((name for name, candidate in self._setup.items() if candidate is value), None)

    def owns_function(self, function: types.FunctionType) -> bool:
        """Whether a function looks up its globals in the notebook's namespace."""
        return function.__globals__ is self.user_globals

    def label(self, code: types.CodeType) -> str:
        """The stable name of the code's cell; of other code the name of its file."""
        return self.file_labels.get(code.co_filename, code.co_filename)


class _Reading:
    user_globals: dict[str, Any] | None = None
    definitions: Mapping[str, Any] = {}


@contextmanager
def reading_into(user_globals: dict[str, Any], definitions: Mapping[str, Any] | None = None) -> Iterator[None]:
    """While values are loaded: the namespace that functions get as globals, and the setup's definitions.

    Without `definitions` they are looked up in the namespace.
    """
    before = _Reading.user_globals, _Reading.definitions
    _Reading.user_globals, _Reading.definitions = user_globals, definitions or {}
    try:
        yield
    finally:
        _Reading.user_globals, _Reading.definitions = before


def _namespace() -> dict[str, Any]:
    if _Reading.user_globals is None:
        raise RuntimeError("a value of a notebook can only be loaded by jupyter_kfp")
    return _Reading.user_globals


# --- what pickle streams call; the names are part of the format


class MissingSetupName(LookupError):  # noqa: N818  it names a state
    """The value needs a function or class of the setup that the loading step does not have."""


_sentinels: dict[str, object] = {}
"""Sentinels that steps made, by a name that goes with them."""
_token_of: dict[int, str] = {}


def _remember(value: object, token: str) -> object:
    _sentinels[token], _token_of[id(value)] = value, token
    return value


def find_sentinel(token: str) -> object:
    """The sentinel that a step made: whichever file brings it first makes it."""
    return _sentinels.get(token) or _remember(object(), token)


def is_sentinel(value: object) -> bool:
    """Whether an object is nothing but itself: ``object()``, or an instance of the notebook's without attributes."""
    kind = type(value)
    if kind is object:
        return True
    has_slots = any(getattr(each, "__slots__", ()) for each in kind.__mro__)
    return (
        kind.__module__ == MAIN and getattr(value, "__dict__", None) == {} and not has_slots and kind.__base__ is object
    )


def find_setup_object(qualified: str) -> Any:
    """The function or class of that name in the loading step."""
    first, *rest = qualified.split(".")
    try:
        found = _Reading.definitions[first] if first in _Reading.definitions else _namespace()[first]
        for part in rest:
            found = vars(found)[part] if isinstance(found, type) else getattr(found, part)
    except (KeyError, AttributeError):
        raise MissingSetupName(qualified) from None
    return found


def make_function(code: types.CodeType, name: str, closure: tuple[types.CellType, ...] | None) -> types.FunctionType:
    """A function of the notebook, with the loading notebook's namespace as its globals."""
    return types.FunctionType(code, _namespace(), name, None, closure)


def set_function_state(function: types.FunctionType, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Fill the defaults and attributes, which may refer to the function itself."""
    attributes, slots = state
    function.__dict__.update(attributes)
    for name, value in slots.items():
        setattr(function, name, value)


def make_cell() -> types.CellType:
    """A closure's variable, not bound yet."""
    return types.CellType()


def bind_cell(cell: types.CellType, state: tuple[Any]) -> types.CellType:
    """Bind a closure's variable; apart from making it, since its value may be the function that closes over it."""
    (cell.cell_contents,) = state
    return cell


def make_cached_property(function: Any, name: str | None) -> functools.cached_property[Any]:
    """A cached property; Python 3.11's holds a lock, which cannot be pickled."""
    made = functools.cached_property(function)
    if name is not None:
        made.__set_name__(object, name)
    return made


def make_cached_function(function: Any, maxsize: int | None, typed: bool) -> Any:
    """A function under `functools.lru_cache`, with an empty cache."""
    return functools.lru_cache(maxsize, typed)(function)


def make_dispatcher(registry: dict[type, Any]) -> Any:
    """A function under `functools.singledispatch`, with its implementations by class."""
    made = functools.singledispatch(registry[object])
    for kind, implementation in registry.items():
        if kind is not object:
            made.register(kind, implementation)
    return made


def make_class(metaclass: Any, name: str, bases: Any, keywords: Any, identifier: str, extra: Any) -> type:
    """A class without its attributes, made by whichever file brings it first.

    Its base classes in the notebook (``__init_subclass__``) are not told: they were where it was defined, and what they
    did then is in the values that travel.
    """
    known = cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.get(identifier)  # noqa: SLF001  see `track_class`
    make = cloudpickle._make_skeleton_class  # noqa: SLF001  as above
    if known is not None:
        return known  # type: ignore[no-any-return]  # cloudpickle's table is not typed
    with without_hooks(bases):
        made: type = make(metaclass, name, bases, keywords, identifier, extra)
    return made


def set_class_state(cls: type, state: Any) -> type:
    """Fill a class the first time it arrives; later arrivals must not replace methods or reset class attributes."""
    if cls not in COMPLETE:
        cloudpickle._class_setstate(cls, state)  # noqa: SLF001  cloudpickle's own setter, ours only decides when
        COMPLETE.add(cls)
    return cls


# --- reducing


def reduce_by_name(qualified: str) -> tuple[Any, ...]:
    """Reduction of what the setup defined."""
    return find_setup_object, (qualified,)


def reduce_definition(value: Any, names: NotebookNames) -> tuple[Any, ...]:
    """Reduction of a function or class with what was changed in it."""
    return restored_definition, (value,), names.definition_state(value), None, None, set_definition_state


def reduce_function(function: types.FunctionType) -> tuple[Any, ...]:
    """Reduction of a function of the notebook, without its globals."""
    arguments = (function.__code__, "".join(function.__name__), function.__closure__)
    return make_function, arguments, function_state(function), None, None, set_function_state


def function_state(function: types.FunctionType) -> tuple[dict[str, Any], dict[str, Any]]:
    """Attributes and slots, for `set_function_state`."""
    slots = {
        # Joined anew, since pickle would note whether two equal strings are one object, which depends on history.
        "__qualname__": "".join(function.__qualname__),
        "__annotations__": function.__annotations__,
        "__kwdefaults__": function.__kwdefaults__,
        "__defaults__": function.__defaults__,
        "__module__": function.__module__,
        "__doc__": function.__doc__,
    }
    return {"".join(name): value for name, value in function.__dict__.items()}, slots


def reduce_cell(cell: types.CellType) -> tuple[Any, ...]:
    """Reduction of a closure's variable: functions that share it share it again."""
    try:
        # In a tuple: pickle takes a state of None for none, and would leave the variable unbound.
        return make_cell, (), (cell.cell_contents,), None, None, bind_cell
    except ValueError:  # Not bound.
        return make_cell, ()


def reduce_class(cls: type, names: NotebookNames) -> tuple[Any, ...]:
    """Reduction of a class of the notebook, by value."""
    track_class(cls, names.step)
    constructor, arguments, (attributes, slots), *_ = cloudpickle._dynamic_class_reduce(cls)  # noqa: SLF001  see below
    if constructor is cloudpickle._make_skeleton_class:  # noqa: SLF001  as above
        metaclass, name, bases, keywords, *rest = arguments
        arguments = (metaclass, name, bases, keywords | {"__qualname__": cls.__qualname__}, *rest)
        constructor = make_class
    if constructor is make_class and _has_slots(cls):
        # Left out by cloudpickle, so that instances would get a __dict__ and take any attribute.
        metaclass, name, bases, keywords, *rest = arguments
        arguments = (metaclass, name, bases, keywords | {"__slots__": cls.__dict__["__slots__"]}, *rest)
        attributes = {name: each for name, each in attributes.items() if not _is_slot(each, cls)}
    # cloudpickle sorts them; ``vars(cls)`` and what walks it go by the order of the class body.
    attributes = {name: attributes[name] for name in cls.__dict__ if name in attributes} | attributes
    if "__static_attributes__" in attributes:
        # Python 3.13 takes them from a set, in random order.
        attributes["__static_attributes__"] = tuple(sorted(attributes["__static_attributes__"]))
    return constructor, arguments, (attributes, slots), None, None, set_class_state


def _has_slots(cls: type) -> bool:
    """Whether a class has slots of its own; `typing.NamedTuple` sees to them itself."""
    return "__slots__" in cls.__dict__ and typing.NamedTuple not in cls.__dict__.get("__orig_bases__", ())


def _is_slot(attribute: object, cls: type) -> bool:
    return isinstance(attribute, types.MemberDescriptorType) and attribute.__objclass__ is cls


def is_dispatcher(function: types.FunctionType) -> bool:
    """Whether a function was made by `functools.singledispatch`."""
    return function.__code__ is DISPATCH_CODE


def reduce_dispatcher(function: Any) -> tuple[Any, ...]:
    """Reduction of such a function: it also has a cache of weak references, which cannot be pickled."""
    return make_dispatcher, (dict(function.registry),)


Reducer = Callable[[Any], Any]


def dispatch_table(names: NotebookNames) -> dict[type, Reducer]:
    """Reducers of cloudpickle by type, with those changed that would not give back the same thing."""
    table: dict[type, Reducer] = dict(cloudpickle.Pickler._dispatch_table)  # noqa: SLF001  no public access
    reduce_code, reduce_typevar = table[types.CodeType], table[typing.TypeVar]

    def labelled_code(code: types.CodeType) -> Any:
        label = names.label(code)
        reduction = reduce_code(code if label == code.co_filename else code.replace(co_filename=label))
        return reduce_with_source(code, label, reduction)

    def tracked_typevar(variable: Any) -> Any:
        track_class(variable, names.step)
        return reduce_typevar(variable)

    def cached_function(function: Any) -> Any:
        name = names.setup_name(function)
        if name is not None:
            return reduce_by_name(name)
        if function.__module__ != MAIN:
            return function.__reduce__()
        settings = function.cache_parameters()
        return make_cached_function, (function.__wrapped__, settings["maxsize"], settings["typed"])

    table |= container_views.REDUCERS
    table[functools.cached_property] = lambda each: (make_cached_property, (each.func, each.attrname))
    table[_CachedFunction] = cached_function
    table[types.CodeType] = labelled_code
    table[types.CellType] = reduce_cell
    table[typing.TypeVar] = tracked_typevar
    return table
