"""Facts of single cells: tiny sources, and what is said of them."""

from __future__ import annotations

import ast

import pytest

from jupyter_kfp.dataflow.cell_facts import cell_facts
from jupyter_kfp.dataflow.facts import Fact


def facts(source: str) -> list[Fact]:
    return cell_facts(ast.parse(source), 1)


def words(source: str) -> list[str]:
    """``kind name``, with ? for conditional, of all but calls; reads of what the cell has bound itself are left out."""
    return [
        f"{one.kind} {one.name}{'?' * one.conditional}"
        for one in facts(source)
        if one.kind not in {"call", "method", "consume"} and not (one.kind == "read" and one.bound)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = y", ["read y", "bind x"]),
        ("x: int", ["read int?"]),
        ("x: int = 1", ["read int?", "bind x"]),
        ("import a.b", ["bind a"]),
        ("import a.b as c", ["bind c"]),
        ("from a import *", ["star a"]),
        ("from __future__ import annotations", []),
        ("del x", ["delete x"]),
        ("if a: x = 1", ["read a", "bind x?"]),
        ("if a: x = 1\nelse: x = 2", ["read a", "bind x?", "bind x?", "settle x"]),
        ("if a: x = 1\nelse: raise E", ["read a", "bind x?", "read E?", "settle x"]),
        ("for i in xs: y = i", ["read xs", "bind i?", "bind y?", "bind i?", "bind y?"]),
        ("try: x = 1\nexcept E as e: x = e", ["bind x?", "read E?", "bind e?", "bind x?", "delete e?", "settle x"]),
        ("with a as (b, c): pass", ["read a", "bind b", "bind c"]),
        ("match v:\n case [a, *b]: pass\n case _: a = 1", ["read v", "bind a?", "bind b?", "bind a?", "settle a"]),
        ("[x for x in xs if x in ys]", ["read xs", "read ys?"]),
        ("[y := x for x in xs]", ["read xs", "bind y?"]),
        ("a and (b := 1)", ["read a", "bind b?"]),
        ("first, *rest = xs", ["read xs", "bind first", "bind rest"]),
        ("x[k] = v", ["read v", "read x", "read k", "change x"]),
        ("x.a.b = v", ["read v", "read x", "change x"]),
        ("del x[k]", ["read x", "read k", "change x"]),
        ("x += 1", ["read x", "change x"]),
        ("x.append(1)", ["read x", "change x"]),
        ("n = x.pop()", ["read x", "change x", "bind n"]),
        ("x.head()", ["read x"]),
        ("df.sort_values('a', inplace=True)", ["read df", "change df"]),
        ("np.add(a, 1, out=b)", ["read np", "read a", "read b", "change np", "change b"]),
        ("for row in rows: row.append(1)", ["read rows", "bind row?", "change row?", "bind row?", "change row?"]),
        ("[r.append(1) for r in rows]", ["read rows", "change rows?"]),
        ("def f(a=b): return c", ["read b", "bind f"]),
        ("f = lambda: c", ["read c?", "bind f"]),
        ("class C(B):\n x = a\n y = x\n def m(self): return q", ["read B", "read a", "bind C"]),
        ("@d\ndef f(): pass", ["read d", "bind f"]),
        ("eval('x + 1')", ["read eval", "read x?"]),
        ("exec(code)", ["read exec", "read code", "dynamic exec()"]),
        ("globals()['x'] = 1", ["bind x"]),
        ("'x' in globals()", ["read x?"]),
        ("df.query('a > @b')", ["read df", "read b?"]),
        ("if TYPE_CHECKING: import a", ["read TYPE_CHECKING"]),
        ("if __name__ == '__main__': x = 1", ["read __name__", "bind x"]),
        ("async def f(): await g()\nawait h", ["bind f", "read h"]),
        ("print(f'{a!r:{b}}')", ["read print", "read a", "read b"]),
    ],
)
def test_facts_of(source: str, expected: list[str]) -> None:
    assert words(source) == expected


@pytest.mark.parametrize(
    ("source", "shares"),
    [
        ("y = x", {"x"}),
        ("y = x.a", {"x"}),
        ("y = x[0]", {"x"}),
        ("y = x[x > 0]", set()),
        ("y = [x, z]", {"x", "z"}),
        ("y = x if c else z", {"x", "z"}),
        ("y = f(x)", set()),
        ("y = Thing(x)", {"x"}),
        ("y = list(x)", {"x"}),
        ("y = x.copy()", set()),
        ("y = d.get('k', x)", {"d", "x"}),
        ("y = [r for r in x]", {"x"}),
        ("y = x + z", set()),
        ("y = 1", set()),
    ],
)
def test_what_a_value_may_share(source: str, shares: set[str]) -> None:
    bound = next(one for one in facts(source) if one.kind == "bind" and one.name == "y")
    assert bound.value.shares == shares


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("def f():\n return a", {"read a"}),
        ("def f():\n a = 1\n return a", set()),
        ("def f():\n print(a)\n a = 1", {"read print", "call print"}),
        ("def f():\n global a\n a = b", {"read b", "write a"}),
        ("def f():\n global a\n a += 1", {"read a", "change a", "write a"}),
        ("def f():\n a.append(1)", {"read a", "change a", "call a.append"}),
        ("def f():\n x = a\n x.append(1)", {"read a", "change a", "call a.append"}),
        ("def f(a):\n a.append(b)", {"read b"}),
        ("def f():\n def g():\n  return a\n return g", {"read a"}),
        ("def f(a):\n return lambda: a + b", {"read b"}),
        ("def f():\n return [a for a in b if c]", {"read b", "read c"}),
        ("def f():\n global a\n del a", {"delete a"}),
        ("class f:\n v = x\n def m(self): return v", {"read v", "read f"}),
        ("def f():\n return np.random.rand()", {"read np", "call np.random.rand"}),
    ],
)
def test_what_a_function_does_when_called(source: str, uses: set[str]) -> None:
    bound = next(one for one in facts(source) if one.kind == "bind" and one.name == "f")
    assert {f"{use.kind} {use.name}" for body in bound.value.bodies for use in body.uses} == uses


def test_changed_parameters_and_methods() -> None:
    source = (
        "def f(a, b, *, c):\n inner = b\n inner.append(1)\n c['k'] = 1\n"
        "class C:\n def put(self): self.add()\n def add(self): self.x = 1\n def look(self): return self.x"
    )
    function, cls = [one.value.bodies[0] for one in facts(source) if one.kind == "bind"]
    assert function.changed_parameters == {"b", "c"}
    assert cls.methods == {"put": True, "add": True, "look": False}


def test_places_are_those_of_the_names() -> None:
    place = next(one.place for one in facts("a = 1\nb = (a +\n     missing)") if one.name == "missing")
    assert (place.cell, place.line, place.column) == (1, 3, 6)
