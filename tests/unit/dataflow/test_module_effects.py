"""What functions of the user's own modules do, as the analysis sees it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.dataflow.module_code import ModuleCode, ModuleSource
from jupyter_kfp.dataflow.module_effects import ModuleEffects
from jupyter_kfp.dataflow.module_state import module_of, module_variable


def effects(**modules: str) -> ModuleEffects:
    return ModuleEffects(
        ModuleSource(name=name.replace("__", "."), tree=ast.parse(text), package=name.rpartition("__")[0])
        for name, text in modules.items()
    )


def seen(found: ModuleEffects, path: str) -> set[str]:
    return {
        f"{use.kind} {use.target or use.name}" for use in found.called(path) if use.kind != "module read" or use.target
    } - {f"module read {path.rpartition('.')[2]}"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): return 1", set()),
        ("n = 0\ndef f():\n    global n\n    n += 1", {"module read n", "module change n"}),
        ("d = {}\ndef f(): d['a'] = 1", {"module read d", "module change d"}),
        ("d = {}\ndef f(): return d", {"module read d"}),
        ("d = []\ndef f(): g()\ndef g(): d.append(1)", {"module read d", "module change d", "module read g"}),
        ("import numpy as np\ndef f(): np.random.seed(1)", {"library call numpy.random.seed"}),
        ("def f():\n    import random\n    random.seed(1)", {"library call random.seed"}),
        ("import os\ndef f(): os.environ['A'] = '1'", {"library set os.environ"}),
        ("c = {}\ndef f(k):\n    if k not in c:\n        c[k] = 1\n    return c[k]", {"module read c"}),
        ("m = None\ndef f():\n    global m\n    if m is None:\n        m = 1\n    return m", {"module read m"}),
        ("import logging\nlog = logging.getLogger()\ndef f(): log.info('x')", set()),
        ("def f(x, seen=[]): seen.append(x)", {"module change f"}),
    ],
)
def test_uses_of_a_function(source: str, expected: set[str]) -> None:
    assert seen(effects(m=source), "m.f") == expected


def test_uses_through_other_modules() -> None:
    found = effects(
        m="from p.q import put as store\ndef f(): store(1)", p="", p__q="LOG = []\ndef put(x): LOG.append(x)"
    )
    assert {(use.kind, use.name, use.target) for use in found.called("m.f")} >= {
        ("module change", module_variable("p.q"), "LOG")
    }


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("def f(x): x.append(1)", {"x"}),
        ("def f(x): g(x)\ndef g(y): y['a'] = 1", {"x"}),
        ("def f(x, y): h(b=x, a=y)\ndef h(a, b): b.sort()", {"x"}),
        ("def f(x): f(x)", set()),
        ("def f(x):\n    x = x.copy()\n    return sorted(x)", set()),
    ],
)
def test_changed_parameters(source: str, changed: set[str]) -> None:
    assert effects(m=source).changed_parameters("m.f") == changed


def test_what_loading_does() -> None:
    found = effects(
        m="import numpy as np\nnp.random.seed(1)", n="import m", o="import registry\n@registry.add\ndef f(): pass",
        registry="ALL = []\ndef add(f):\n    ALL.append(f)\n    return f", pure="import math\nX = math.sqrt(2)",
    )  # fmt: skip
    assert [use.name for use in found.on_import("n")] == ["numpy.random.seed"]
    assert [(use.kind, use.target) for use in found.on_import("o")] == [("module change", "ALL")]
    assert found.on_import("pure") == ()


def test_names_of_a_star_import() -> None:
    found = effects(m="from n import *\nx = 1\n_y = 2\nimport os", n="__all__ = ['z']\nz = 1\nw = 2")
    assert found.star_names("m") == ["os", "x", "z"]
    assert found.star_names("n") == ["z"]
    assert found.resolve("m.z.real") == ("n", "z", ("real",))


def test_functions_that_give_out_data() -> None:
    code = ModuleCode(
        ModuleSource(
            name="m",
            package="",
            tree=ast.parse(
                "d = {}\nn = 0\ndef f(): return d\ndef g(): return d.copy()\ndef h():\n    global n\n    return n\n"
                "def i(d): return d"
            ),
        )
    )
    assert code.gives == {"f": "d"}


def test_fresh_data() -> None:
    found = effects(m="import uuid, time\nA = uuid.uuid4().hex\nB = {'t': time.time()}\nC = lambda: time.time()\nD = 1")
    assert [name for name in "ABCD" if found.is_fresh("m", name)] == ["A", "B"]


@given(st.text("ab_.du", min_size=1))
def test_hidden_names_can_be_read_back(module: str) -> None:
    assert module_of(module_variable(module)) == module
    assert module_of("_kfp_numpy_random") == module_of("x") == ""
