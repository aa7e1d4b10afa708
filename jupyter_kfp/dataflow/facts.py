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
    """Where in the notebook; all from 1."""

    cell: int
    line: int
    column: int


UseKind = Literal["read", "write", "change", "delete", "call"]


class Use(msgspec.Struct, frozen=True):
    """What a function or class does to a name of the notebook when it is called, not when it is defined.

    A ``call`` is that of a dotted name, such as ``np.random.rand``, which is its name.
    """

    kind: UseKind
    name: str
    place: Place
    conditional: bool = False
    called: bool = False


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A function, lambda or class."""

    kind: Literal["function", "lambda", "class"]
    name: str = ""
    uses: tuple[Use, ...] = ()
    """Of all code in it, nested functions and methods included."""
    parameters: tuple[str, ...] = ()
    """Those that can be given by position, in order, then the keyword-only ones."""
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
    methods: dict[str, bool] = {}
    """Of a class: its methods and whether each changes its instance."""


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
    literal: Any = NO_LITERAL
    expression: ast.expr | None = None
    annotation: ast.expr | None = None
    imported: Imported | None = None
    bodies: tuple[Body, ...] = ()


OPAQUE = Value()
"""A value of which nothing is known."""

FactKind = Literal["read", "bind", "settle", "delete", "change", "method", "call", "consume", "star", "dynamic"]


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
    ``method``
        A method that nobody knows is called on it: a change if the notebook's own classes say so, or, if they have no
        such method, if the result is discarded.
    ``call``
        It is called with names of the notebook as arguments: those that the function changes are changed.
    ``consume``
        It is looped over: a change of an iterator.
    ``star``
        ``from <name> import *``.
    ``dynamic``
        Code that is known only at run time is executed.
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
    """Of a change: how, for messages. Of a method: its name."""
    target: str = ""
    """Of a change of an item or attribute: whose, dotted, as ``os.environ``."""
    discarded: bool = False
    spared: bool = False
    """Of a method: known to leave most objects alone."""
    statement: str = ""
    """Of a call or change: source of the whole statement, if it can be repeated elsewhere: its values are literals."""
    keywords: tuple[str, ...] = ()
    """Of a call or method: names of its keyword arguments."""
    arguments: tuple[tuple[int | str, str], ...] = ()
    """Of a call: position or keyword, and the name whose object is passed."""
