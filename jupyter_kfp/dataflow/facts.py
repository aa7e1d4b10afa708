"""What one cell does to names: an ordered list of facts, without knowledge of other cells.

The visitor in `cell_facts` makes them, `trace` puts the cells of a notebook together. Names are those of the
notebook's namespace only; what is local to a function, class or comprehension never shows up.
"""

from __future__ import annotations

import ast
from typing import Any, Literal

import msgspec


class NoLiteral(msgspec.Struct, frozen=True):
    """The type of `NO_LITERAL`."""


NO_LITERAL = NoLiteral()
"""Stands for "not a literal constant", as None is one."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where in the notebook; all from 1. A finding about a whole cell has line and column 0."""

    cell: int
    line: int
    column: int


ITEM = "[...]"
"""How a value is used: an item of it is read."""

UseKind = Literal[
    "read", "write", "change", "delete", "call", "method", "set", "dynamic",
    "library call", "library set", "module read", "module change",
]  # fmt: skip


class Use(msgspec.Struct, frozen=True):
    """What a function or class does to a name of the notebook when it is called, not when it is defined.

    A ``call`` is that of a dotted name, such as ``np.random.rand``, which is its name; a ``method`` is that of an
    object of which nothing is known. A ``set`` is that of an attribute or item of something imported, perhaps; its
    `target` is what has it, dotted. ``dynamic`` is code in text that is not known; its name is what `Fact.how` would
    be.

    Functions of the user's own modules use no names of the notebook. A ``library call`` or ``library set`` of theirs is
    named by its path, with the module that it comes from. ``module read`` and ``module change`` are of a variable of a
    module: `name` is the one under which the state of the module travels, `target` the variable.
    """

    kind: UseKind
    name: str
    place: Place
    conditional: bool = False
    called: bool = False
    target: str = ""
    """Of a set or read: see `Fact`, as for `how`."""
    how: str = ""
    statement: ast.stmt | None = None
    """Of a call or set: see `Fact`."""
    within: frozenset[str] = frozenset()
    """Of a call or set: see `Fact`."""
    keywords: tuple[str, ...] = ()
    """Of a call: names of its keyword arguments."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it does; uses that do the same need to be looked at once."""
        return self.kind, self.name, self.target, self.how, self.statement, self.keywords

    @property
    def perhaps(self) -> Use:
        """The same, but that a call may leave it out."""
        return self if self.conditional else msgspec.structs.replace(self, conditional=True, statement=None)


class CallResult(msgspec.Struct, frozen=True):
    """A call, as far as it matters for what its result may be."""

    function: str
    """Dotted."""
    arguments: tuple[tuple[int | str, str], ...]
    """See `Fact`."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A function, lambda or class."""

    kind: Literal["function", "lambda", "class"]
    name: str = ""
    uses: tuple[Use, ...] = ()
    """Of all code in it, nested functions and methods included."""
    parameters: tuple[str, ...] = ()
    """Those that can be given by position, in order, then the keyword-only ones."""
    collecting: dict[str, str] = {}
    """Names of ``*args`` and ``**kwargs``, by ``*`` and ``**``."""
    changed_parameters: frozenset[str] = frozenset()
    """Parameters whose argument it changes in place."""
    returned_names: frozenset[str] = frozenset()
    """Names of the notebook that may live on in what it returns: referenced, but not just called."""
    called_names: frozenset[str] = frozenset()
    """Names of the notebook that it calls."""
    returned_uses: tuple[Use, ...] = ()
    """Uses of functions and classes defined inside it, which may be what it returns."""
    returns: ast.expr | None = None
    """Annotation of what it returns."""
    keeps_state: bool = False
    """Calling it changes it: a default argument, or a variable of the function around it."""
    makes_stateful: bool = False
    """What it returns may be a function that keeps state."""
    changed_outer: frozenset[str] = frozenset()
    """Names of the functions around it whose object it changes."""
    stores: frozenset[tuple[str, str]] = frozenset()
    """Name of the notebook, or parameter, and the parameter that is put into its object."""
    passes: tuple[CallResult, ...] = ()
    """Calls of the notebook's names and of parameters: what they change of their arguments, this changes of its own."""
    returned_roots: frozenset[str] = frozenset()
    """Parameters and names of the notebook whose object, or a part of it, it may return."""
    returned_results: tuple[CallResult, ...] = ()
    """Calls whose result, or a part of it, it may return."""
    parts_share: bool = False
    """It returns a tuple, of which several may share an object."""
    is_cached: bool = False
    """A decorator keeps its results."""
    is_audible: bool = False
    """It does something that is noticed beside what it returns, such as printing."""
    methods: dict[str, bool] = {}
    """Of a class: its methods and whether each changes its instance."""
    method_bodies: dict[str, Body] = {}
    """Of a class: its methods."""
    receiver: Literal["", "class", "instance"] = ""
    """Of a method: what its first parameter is given, if it is no argument of the call."""
    changing_properties: frozenset[str] = frozenset()
    """Of a class: attributes that may change the instance when they are read."""
    giving: frozenset[str] = frozenset()
    """Of a class: methods that may return the instance (or the class), or a part of it."""
    has_state: bool = False
    """Of a class: something in it can be changed that its instances share, or its methods change it."""
    is_identity: bool = False
    """Of a class: its instances are only equal to themselves."""
    is_metaclass: bool = False
    """Of a class: its instances are classes."""
    changes_on_use: bool = False
    """Of a class: an instance may change where no method is named: when called, printed, compared, looped over."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import statement binds."""

    path: str
    """Dotted path of the module, or of the object in it, e.g. ``sklearn.svm.SVC``."""
    statement: str
    """Source that binds the name again, e.g. ``import numpy as np``."""
    root: str
    """Top-level module; empty for a relative import."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a value that is bound to a name, or put into an object."""

    references: tuple[tuple[str, bool], ...] = ()
    """Names in the expression, each with whether it is only called there."""
    shares: frozenset[str] = frozenset()
    """Names whose object, or a part of it, the value may be."""
    keys: frozenset[str] = frozenset()
    """Names whose object may be a key in it, or is the key that it is put under."""
    results: tuple[CallResult, ...] = ()
    """Calls whose result, or a part of it, the value may be."""
    literal: Any = NO_LITERAL
    expression: ast.expr | None = None
    annotation: ast.expr | None = None
    imported: Imported | None = None
    bodies: tuple[Body, ...] = ()
    inside: tuple[tuple[str, bool], ...] = ()
    """Of a class: as `references`, of what its body binds."""
    siblings: frozenset[str] = frozenset()
    """Names that the other parts of the same result were unpacked to."""

    @property
    def part(self) -> Value:
        """What is known of a part of it: an element, an item."""
        return Value(references=self.references, shares=self.shares, results=self.results, bodies=self.bodies)


OPAQUE = Value()
"""A value of which nothing is known."""

FactKind = Literal[
    "read", "bind", "settle", "delete", "change", "change result", "method", "call", "consume", "star", "dynamic"
]


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happens to a name when the cell runs.

    ``read``
        Its value is taken.
    ``bind``
        It gets a value.
    ``settle``
        Several conditional binds before this one cover all paths: it is bound for certain.
    ``delete``
        ``del``, or the end of an ``except ... as`` clause.
    ``change``
        Its object is changed in place.
    ``change result``
        What a call returned is changed in place: of the function `name`, with these arguments.
    ``method``
        A method that nobody knows is called on it: a change if the notebook's own classes say so, or, if they have no
        such method, if the result is discarded.
    ``call``
        It is called with names of the notebook as arguments: those that the function changes are changed.
    ``consume``
        It is looped over: a change of an iterator. If `how` says so, an item of it is read: a change of a dictionary
        that makes what it lacks.
    ``star``
        ``from <name> import *``.
    ``dynamic``
        Names are used that the expression in `value` tells as text, if at all. `how` is what happens: it is run as code
        (``evaluate``, ``execute``) or as a query of a frame (``query``), or names the variable that is taken
        (``read``), set (``write``) or taken away (``delete``).
    """

    kind: FactKind
    name: str
    place: Place
    conditional: bool = False
    """On some paths only: in a branch, loop, handler."""
    bound: bool = False
    """Of a read: the cell itself has bound it before, on this path."""
    called: bool = False
    caught: bool = False
    """Of a read: a NameError here would be handled."""
    value: Value = OPAQUE
    together: bool = False
    """Of a bind: the next one belongs to the same assignment, all values were computed before it."""
    how: str = ""
    """Of a change: how, for messages. Of a method: its name. Of dynamic code: see there."""
    of_class: bool = False
    """Of a change: of the class of the object, as in ``type(x).n = 1``."""
    target: str = ""
    """Of a change of an item or attribute: whose, dotted, as ``os.environ``."""
    discarded: bool = False
    spared: bool = False
    """Of a method: known to leave most objects alone."""
    looked_up: bool = False
    """Of a method: it is an attribute that is read, perhaps a property."""
    statement: ast.stmt | None = None
    """Of a call or change: a statement that does only this, if it happens for certain and with what is known here."""
    within: frozenset[str] = frozenset()
    """Of a call or change: context managers around it that put settings back, by the last part of their name."""
    in_function: bool = False
    """A function of the notebook does it, which is called here."""
    keywords: tuple[str, ...] = ()
    """Of a call or method: names of its keyword arguments."""
    arguments: tuple[tuple[int | str, str], ...] = ()
    """Of a call: position or keyword, and the name whose object is passed."""
