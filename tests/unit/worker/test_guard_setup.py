"""What the setup makes is guarded like an input, since a later step's own replay makes it anew."""

import textwrap
from types import SimpleNamespace

import pytest

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.spec.step_payload import Cell, unpack_payload
from jupyter_kfp.worker.change_site import change_sites
from jupyter_kfp.worker.guard import Guard
from jupyter_kfp.worker.loaded_inputs import LoadedInputs, load_inputs
from jupyter_kfp.worker.session_files import SessionInput, SessionRequest

SETUP = """
from operator import methodcaller
import threading
config = {'a': [3, 1, 2]}
names = ('x', [1])
class Settings:
    items = [1]
    level = 1
def remember(value, seen=[]):
    seen.append(value)
    return len(seen)
def opaque(value, method, *arguments):
    return methodcaller(method, *arguments)(value)
def remembering(function):
    known = {}
    def called(value):
        if value not in known:
            known[value] = function(value)
        return known[value]
    return called
@remembering
def square(value):
    return value * value
lock = threading.Lock()
"""


class Events:
    """The shell's events: calls back after a cell."""

    def __init__(self):
        self.listeners = []

    def register(self, _, listener):
        self.listeners.append(listener)

    def unregister(self, _, listener):
        self.listeners.remove(listener)


@pytest.fixture
def step(tmp_path):
    """Run a step of several cells after the setup; the problems that the guard finds."""

    def run(*cells, guarded=(), inputs=()):
        namespace = {"__name__": "__main__"}
        names = NotebookNames(namespace, step="use")
        request = SessionRequest(
            step="use",
            setup=[Cell(number=1, source=SETUP)],
            cells=[Cell(number=number, source=source) for number, source in enumerate(cells, 5)],
            guarded_setup=list(guarded),
            inputs=list(inputs),
        )
        events = Events()
        guard = Guard(request, names, lambda source: source, folder=tmp_path, events=events)
        exec(SETUP, namespace)
        names.record_setup()
        guard.watch_setup()
        guard.watch(load_inputs(request.inputs, "use", namespace) if inputs else LoadedInputs())
        for cell in request.cells:
            exec(cell.source, namespace)
            for listener in list(events.listeners):
                listener(SimpleNamespace(execution_count=cell.number))
        return guard.check(record=False)

    return run


@pytest.mark.parametrize(
    ("name", "change", "where"),
    [
        ("config", "opaque(config['a'], 'append', 5)", "config['a']"),
        ("config", "opaque(config, 'update', {'b': 1})", ""),
        ("names", "opaque(names[1], 'clear')", "names[1]"),
        ("Settings", "opaque(Settings.items, 'append', 2)", "Settings.items"),
        ("Settings", "setattr(Settings, 'level', 2)", "Settings.level"),
        ("remember", "opaque(remember, '__call__', 2)", "remember"),
        ("square", "opaque(square, '__call__', 2)", "in the variable known that it keeps between calls"),
    ],
)
def test_a_change_is_found_with_its_cell_and_line(step, name, change, where):
    (problem,) = step("y = 1", f"z = 2\nz = {change}", f"print({name})", guarded=[name])
    assert problem.code == "KFP316"
    assert problem.message.startswith(f"step use changes {name} of the setup in place")
    assert where in problem.message
    assert (problem.cell, problem.line) == (6, 2)
    assert problem.details["variable"] == name
    assert problem.details["step"] == "use"
    definition = name in ("Settings", "remember", "square")
    assert problem.details["mutates"] == ([] if definition else [name])
    assert ("a variable of its own" in problem.hint) == definition


@pytest.mark.parametrize("use", ["sorted(config['a'])", "config = {'new': 1}", "Settings().items", "remember", "lock"])
def test_use_is_no_change(step, use):
    assert step(use, "1", guarded=["config", "names", "Settings", "remember", "lock"]) == []


def test_a_parameter_that_is_a_list(step):
    given = SessionInput(name="p", kind="parameter", value=[3, 1], guarded=True)
    (problem,) = step("1", "q = opaque(p, 'append', 5)", inputs=[given])
    assert (problem.cell, problem.line, problem.details["mutates"]) == (6, 1, ["p"])
    assert step("q = p + [5]", inputs=[given]) == []


def test_each_problem_names_all_variables(step):
    problems = step("opaque(config, 'clear'); opaque(names[1], 'clear')", guarded=["config", "names"])
    assert [each.details["mutates"] for each in problems] == [["config", "names"]] * 2


@pytest.mark.parametrize(
    ("source", "guarded"),
    [
        ("# a\nr = f(config)\n# b\nprint(config)", ["config"]),
        ("# a\nr = f(box)\n# b\nprint(config)", ["config"]),
        ("# a\nr = f(config)\n# b\nprint(1)", []),
        ("# a\nconfig['k'] = 1\n# b\nprint(config)", []),
        ("# a\nconfig = {}\n# b\nprint(config)", []),
        ("# a\nr = f(limit, config)\n# b\nprint(limit)", []),
    ],
)
def test_the_compiler_says_what_to_guard(source, guarded):
    setup = "from os.path import join as f\nconfig = {'a': 1}\nbox = [config]\nlimit = 5\n"
    cells = [("setup", setup)] + [(f"step:{part[0]}", part.partition("\n")[2]) for part in source.split("# ")[1:]]
    compiled = compile_notebook(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "p"}},
            "cells": [
                {"cell_type": "code", "id": f"c{i}", "metadata": {"tags": [tag]}, "source": text, "outputs": [],
                 "execution_count": None}
                for i, (tag, text) in enumerate(cells)
            ],
        }
    )  # fmt: skip
    deployment = compiled.pipeline.spec.deployment_spec
    payload = unpack_payload(deployment.executors["exec-a"].container.args[1])
    assert [name for name in payload.guarded_setup if name != "box"] == guarded


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("y = x['a']\nprint(y)\ny.append(1)", 3),
        ("for row in x:\n    print(row)\n    row['a'] = 1", 3),
        ("for i, row in enumerate(x):\n    row.pop(0)", 2),
        ("def f(v):\n    v.append(1)\ndef g(v):\n    return len(v)\na = g(x)\nb = f(x)", 6),
        ("def f():\n    x.append(1)\nlen(x)\nf()", 2),
        ("x.describe()\nx.fillna(0, inplace=True)", 2),
        ("a = np.sqrt(x)\nnp.sqrt(y, out=x)", 2),
        ("a = lib.use(x)\nlib.scale(x)", 2),
        ("print(x)\nrng.shuffle(x)", 2),
        ("box = [1, x]\nbox[1].sort()", 2),
        ("if (y := x):\n    y.clear()", 2),
        ("a, b = 1, x\nb += [1]", 2),
        ("next(iter(x)).value = 1", 1),
        ("with lock(x) as held:\n    held.update(a=1)", 2),
        ("out = [part.update(k=1) for part in x]", 1),
    ],
)
def test_the_line_through_other_names(source, line):
    sites = change_sites([Cell(number=3, source=textwrap.dedent(source))], "x", lambda text: text)
    assert (sites[0].line, sites[0].is_likely) == (line, True)


def test_a_function_of_the_setup_that_does_it():
    setup = [Cell(number=1, source="def tidy(v):\n    v.sort()\ndef look(v):\n    return len(v)")]
    cells = [Cell(number=4, source="look(x)\nr = tidy(x)")]
    assert change_sites(cells, "x", lambda text: text, definitions=setup)[0].line == 2


def test_nothing_but_mentions_is_no_likely_line():
    sites = change_sites([Cell(number=3, source="print(x)"), Cell(number=4, source="y = len(x)")], "x", lambda t: t)
    assert {each.cell for each in sites} == {3, 4}
    assert not any(each.is_likely for each in sites)
