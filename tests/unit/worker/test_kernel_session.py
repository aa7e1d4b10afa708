"""Begin and finish in real kernels: what one step saves is what the next one finds."""

import textwrap
from types import SimpleNamespace

import pytest
from jupyter_client.manager import KernelManager

from jupyter_kfp.spec.step_payload import Cell, StepNeighbour
from jupyter_kfp.worker.session_files import SessionInput, SessionOutput, SessionRequest, read_report, write_request

_CALL = "__import__('jupyter_kfp.worker.kernel_session', fromlist=['_']).{}({!r})"
_CLEAR = "get_ipython().run_line_magic('reset', '-f')"


class Kernel:
    """A real kernel with the two calls of the worker."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3", transport="ipc")
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.printed = ""

    def run(self, code, *, silent=False):
        """Outputs of a cell; an error is raised with its text."""
        outputs = []
        reply = self.client.execute_interactive(
            textwrap.dedent(code), silent=silent, store_history=not silent, output_hook=outputs.append, timeout=60
        )["content"]
        assert reply["status"] == "ok", reply
        self.printed += "".join(m["content"]["text"] for m in outputs if m["msg_type"] == "stream")
        return [m for m in outputs if m["msg_type"] in ("execute_result", "display_data", "error")]

    def value(self, expression):
        """An expression, evaluated in the user's namespace."""
        (result,) = self.run(f"print(end='')\n{expression}")
        return eval(result["content"]["data"]["text/plain"])

    def step(self, folder, cells="", **request):
        """A whole step: begin, the cells, finish."""
        folder.mkdir(parents=True, exist_ok=True)
        source = textwrap.dedent(cells)
        path = write_request(
            folder, SessionRequest(**{"step": "one", "cells": [Cell(number=5, source=source)], **request})
        )
        self.run(_CLEAR, silent=True)
        shown = self.run(_CALL.format("begin", str(path)), silent=True)
        begun = read_report(path)
        if source and not begun.problems:
            self.run(source)
        shown += self.run(_CALL.format("finish", str(path)), silent=True)
        assert not shown
        return SimpleNamespace(begun=begun, finished=read_report(path))

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def kernels():
    """Of a step that makes and one that uses: processes of their own, with hash seeds of their own."""
    started = [Kernel(), Kernel()]
    yield started
    for kernel in started:
        kernel.close()


@pytest.fixture
def maker(kernels):
    return kernels[0]


@pytest.fixture
def user(kernels):
    return kernels[1]


def outputs(folder, *names, **options):
    return [SessionOutput(name=n, key=n, binding="artifact", path=str(folder / "out" / n), **options) for n in names]


def inputs(report, **options):
    return [
        SessionInput(name=each.name, kind="artifact", path=each.path, digest=each.digest, producer="one", **options)
        for each in report.outputs
    ]


@pytest.fixture
def hand_over(maker, user, tmp_path):
    """Cells of one step, whose variables the next one finds; both with one setup."""

    def run(cells, *names, setup="", then="", **options):
        replayed = [Cell(number=1, source=textwrap.dedent(setup))]
        made = maker.step(tmp_path / "one", cells, setup=replayed, outputs=outputs(tmp_path, *names))
        assert made.begun.problems == made.finished.problems == []
        taken = user.step(tmp_path / "two", then, step="two", setup=replayed, inputs=inputs(made.finished, **options))
        assert taken.begun.problems == []
        return made.finished, taken

    return run


class TestLeavesNoTrace:
    def test_in_the_namespace_history_and_counters(self, maker, tmp_path):
        look = "(_, sorted(n for n in globals() if n[0] != '_'), len(In), get_ipython().execution_count)"
        maker.run("'the last result'")
        maker.value(look)
        maker.run("'the last result'")
        before = maker.value(look)
        maker.run("'the last result'")
        setup = [Cell(number=1, source="a = 1\na + 1")]
        path = write_request(tmp_path, SessionRequest(step="one", setup=setup, outputs=outputs(tmp_path, "a")))
        for call in ("begin", "finish"):
            maker.run(_CALL.format(call, str(path)), silent=True)
        assert [each.name for each in read_report(path).outputs] == ["a"]
        maker.run("del a", silent=True)
        assert maker.value(look) == (before[0], before[1], before[2] + 2, before[3] + 2)


class TestSetup:
    def test_magics_and_await_work(self, maker, tmp_path):
        setup = [
            Cell(number=1, source="import asyncio\n%env C1_FLAG=on"),
            Cell(number=2, source="await asyncio.sleep(0)\nwaited = True"),
        ]
        assert maker.step(tmp_path, setup=setup).begun.problems == []
        assert maker.value("waited") is True

    def test_inputs_win_over_it(self, maker, tmp_path):
        setup = [Cell(number=1, source="rate = 1")]
        maker.step(tmp_path, setup=setup, inputs=[SessionInput(name="rate", kind="parameter", value=5)])
        assert maker.value("rate") == 5

    @pytest.mark.parametrize(
        ("source", "line", "exception", "text"),
        [
            ("def f():\n    return 1 / 0\n\nf()", 2, "ZeroDivisionError", "division by zero"),
            ("x = (", 1, "SyntaxError", "incomplete input"),
            ("import asyncio\nawait asyncio.sleep(0)\nraise ValueError('späť')", 3, "ValueError", "späť"),
            ("import no_such_module", 1, "ModuleNotFoundError", "no_such_module"),
        ],
    )
    def test_an_error_names_cell_and_line(self, maker, tmp_path, source, line, exception, text):
        step = maker.step(tmp_path, setup=[Cell(number=1, source="ok = 1"), Cell(number=4, source=source)])
        (problem,) = step.begun.problems
        assert (problem.code, problem.cell, problem.line, problem.exception) == ("KFP310", 4, line, exception)
        assert text in problem.message
        assert "setup cell 4" in problem.traceback
        assert "jupyter_kfp" not in problem.traceback
        assert "IPython" not in problem.traceback

    def test_environment_and_folder(self, maker, tmp_path):
        work = tmp_path / "work"
        work.mkdir()
        maker.step(tmp_path, env={"C1_SEEN": "yes"}, working_directory=str(work))
        assert maker.value("__import__('os').environ['C1_SEEN']") == "yes"
        assert work.samefile(maker.value("__import__('os').getcwd()"))


class TestHandOver:
    def test_values_and_what_is_said_of_them(self, hand_over, user):
        made, taken = hand_over(
            "df = pd.DataFrame({'a': range(3)}); a = np.arange(4.0); n = 'text'",
            *("df", "a", "n"),
            setup="import numpy as np, pandas as pd",
        )
        assert [each.metadata for each in made.outputs] == [
            {"shape": [3, 1], "columns": ["a"]},
            {"shape": [4], "dtype": "float64"},
            {"length": 4},
        ]
        assert [each.summary for each in taken.begun.inputs] == [
            "df  DataFrame 3 x 1, from one",
            "a  ndarray 4, from one",
            "n  'text', from one",
        ]
        assert user.value("(len(df), float(a.sum()), n)") == (3, 6.0, "text")

    def test_functions_keep_their_globals_live(self, hand_over, user):
        hand_over(
            """
            rate = 10
            def scaled(x, *, by=2):
                "doc"
                return x * by * rate
            def fact(n):
                return 1 if n < 2 else n * fact(n - 1)
            def counter():
                count = 0
                def up():
                    nonlocal count
                    count += 1
                    return count
                def now():
                    return count
                return up, now
            up, now = counter()
            double = functools.partial(scaled, by=2)
            def traced(function):
                @functools.wraps(function)
                def wrapper(*args):
                    return "traced", function(*args)
                return wrapper
            @traced
            def plus(a, b):
                return a + b
            @functools.lru_cache
            def cached(x):
                return x + rate
            square = lambda x: x * x
            """,
            *("scaled", "fact", "rate", "up", "now", "double", "plus", "cached", "square"),
            setup="import functools",
        )
        assert user.value("(scaled(1), scaled.__doc__, fact(5), double(1), plus(1, 2), cached(1), square(3))") == (
            *(20, "doc", 120, 20, ("traced", 3), 11, 9),
        )
        user.run("rate = 100; fact = None")
        assert user.value("(scaled(1), double(1))") == (200, 200)
        assert user.value("(up(), up(), now())") == (1, 2, 2)

    def test_classes_are_one_class_whichever_way_they_come(self, maker, user, tmp_path):
        cells = """
            @dataclasses.dataclass
            class Point:
                x: int
                tags: list = dataclasses.field(default_factory=list)
                @property
                def double(self): return self.x * 2
                @classmethod
                def origin(cls): return cls(0)
                @staticmethod
                def zero(): return 0
            class Color(enum.Enum):
                RED = 1
            Pair = collections.namedtuple("Pair", "a b")
            T = typing.TypeVar("T")
            class Box(typing.Generic[T]):
                def __init__(self, value):
                    super().__init__()
                    self.value = value
            class Child(Point): pass
            p, q, c, child = Point(1), [Point(2)], Color.RED, Child(3)
            pair, box, move = Pair(1, 2), Box(1), Point(4).origin
        """
        setup = [Cell(number=1, source="import collections, dataclasses, enum, typing")]
        names = ("p", "q", "c", "child", "pair", "box", "move", "Point", "Color")
        made = maker.step(tmp_path / "one", cells, setup=setup, outputs=outputs(tmp_path, *names))
        assert made.finished.problems == []
        given = {each.name: each for each in inputs(made.finished)}
        taken = user.step(tmp_path / "two", setup=setup, inputs=[given[n] for n in names if n != "q"])
        assert taken.begun.problems == []
        assert user.value(
            "(isinstance(p, Point), isinstance(child, Point), c is Color.RED, Color(1) is c, p.double, p.zero())"
        ) == (True, True, True, True, 2, 0)
        assert user.value("(type(move()) is Point, pair.b, box.value, p == Point(1), p.tags)") == (
            *(True, 2, 1, True, []),
        )
        # On through another step, and together with what came straight from the first.
        middle = user.step(
            tmp_path / "three",
            "r = q + [1]",
            setup=setup,
            inputs=[given["q"]],
            step="three",
            outputs=outputs(tmp_path, "r"),
        )
        assert middle.finished.problems == []
        last = maker.step(tmp_path / "four", setup=setup, step="four", inputs=[given["p"], *inputs(middle.finished)])
        assert last.begun.problems == []
        assert maker.value("type(p) is type(r[0])") is True

    def test_what_the_setup_defines_is_the_same_there(self, hand_over, user):
        hand_over(
            "c = Config(3); k = Config; f = helper; g = Config.make",
            *("c", "k", "f", "g"),
            setup="""
            class Config:
                def __init__(self, n): self.n = n
                @classmethod
                def make(cls): return cls(7)
            def helper(): return 1
            """,
        )
        assert user.value("(type(c) is Config, k is Config, f is helper, c.n, g().n)") == (True, True, True, 3, 7)

    def test_equal_runs_give_equal_files(self, maker, user, tmp_path):
        cells = "class A:\n    def f(self): return rate\na = A()\ndef g(x): return x\nd = {'a': [1.5]}"
        digests = [
            [
                each.digest
                for each in kernel.step(
                    tmp_path / name, cells, outputs=outputs(tmp_path / name, "a", "g", "d")
                ).finished.outputs
            ]
            for kernel, name in ((maker, "x"), (user, "y"))
        ]
        assert digests[0] == digests[1]

    def test_an_unbound_variable_stays_unbound(self, maker, user, tmp_path):
        made = maker.step(tmp_path / "one", "y = 1", outputs=outputs(tmp_path, "x", "y", maybe=True))
        assert [each.bound for each in made.finished.outputs] == [False, True]
        taken = user.step(
            tmp_path / "two",
            setup=[Cell(number=1, source="x = 'of the setup'")],
            inputs=inputs(made.finished),
        )
        assert taken.begun.inputs[0].summary == "x  not bound by one"
        assert user.value("('x' in globals(), y)") == (False, 1)

    def test_parameters(self, maker, tmp_path):
        wanted = [SessionOutput(name=n, key=n, binding="parameter") for n in ("n", "t", "d", "bad", "nan")]
        made = maker.step(
            tmp_path, "n = 3; t = 'x'; d = {'a': [1.5, None]}; bad = {'a': (1,)}; nan = float('nan')", outputs=wanted
        ).finished
        assert {each.name: each.value for each in made.outputs} == {"n": 3, "t": "x", "d": {"a": [1.5, None]}}
        assert [each.code for each in made.problems] == ["KFP318", "KFP318"]
        assert "bad['a'] is of type tuple" in made.problems[0].message


class TestSharing:
    def test_shared_objects_travel_together_and_alone(self, maker, user, tmp_path):
        cells = "import numpy as np; a = np.arange(10.0); view = a[2:5]; box = {'a': a}; other = [1]"
        made = maker.step(tmp_path / "one", cells, outputs=outputs(tmp_path, "a", "view", "box", "other")).finished
        digests = {each.name: each.digest for each in made.outputs}
        assert digests["a"] == digests["view"] == digests["box"] != digests["other"]
        assert made.outputs[0].metadata["shared_with"] == ["view", "box"]
        user.step(tmp_path / "two", inputs=inputs(made)[:3])
        user.run("a[2] = -1")
        assert user.value("(float(view[0]), box['a'] is a)") == (-1.0, True)
        user.step(tmp_path / "three", inputs=inputs(made)[1:2])
        assert user.value("(view.tolist(), 'a' in globals())") == ([2.0, 3.0, 4.0], False)

    def given(self, maker, tmp_path, names=("a", "b")):
        made = maker.step(
            tmp_path / "one",
            "a = [1]; b = {'a': a}",
            outputs=[
                SessionOutput(name=n, key=n, binding="artifact", path=str(tmp_path / n), readers=["two", "last"])
                for n in ("a", "b")
            ],
        ).finished
        return [each for each in inputs(made) if each.name in names]

    @pytest.mark.parametrize(
        ("neighbours", "codes"),
        [
            (None, ["KFP316"]),
            ([StepNeighbour(name="b", producer="one")], ["KFP316"]),
            ([StepNeighbour(name="b", producer="other")], []),
            ([], []),
        ],
    )
    def test_a_change_that_shows_in_a_variable_not_loaded(self, maker, user, tmp_path, neighbours, codes):
        taken = user.step(
            tmp_path / "two",
            "a.append(2)",
            step="two",
            inputs=self.given(maker, tmp_path, ("a",)),
            neighbours=neighbours,
        )
        assert [each.code for each in taken.finished.problems] == codes
        if codes:
            assert "a later step reads b, which shares objects with a" in taken.finished.problems[0].message
            assert taken.finished.problems[0].details["mutates"] == ["a", "b"]

    def test_an_output_that_shares_with_an_input_read_later(self, maker, user, tmp_path):
        (given,) = self.given(maker, tmp_path, ("b",))
        source = SessionInput(
            name="b", kind="artifact", path=given.path, digest=given.digest, guarded=True, producer="one"
        )
        taken = user.step(
            tmp_path / "two",
            "inner = b['a']; fresh = list(inner); same = b",
            step="two",
            inputs=[source],
            outputs=outputs(tmp_path, "inner", "fresh", "same"),
            neighbours=[],
        ).finished
        assert [each.code for each in taken.problems] == ["KFP315", "KFP315"]
        first = taken.problems[0]
        assert "inner (cell 5, line 1: inner = b['a'];" in first.message
        assert "shares objects with b from step one" in first.message
        assert (first.cell, first.line, first.details["mutates"]) == (5, 1, ["b"])
        assert [each.name for each in taken.outputs] == ["inner", "fresh", "same"]

    def test_sharing_is_allowed_if_nobody_changes_either(self, maker, user, tmp_path):
        (given,) = self.given(maker, tmp_path, ("b",))
        source = SessionInput(
            name="b",
            kind="artifact",
            path=given.path,
            digest=given.digest,
            guarded=True,
            changed_below=False,
            producer="one",
        )
        made = user.step(
            tmp_path / "two",
            "inner = b['a']",
            step="two",
            inputs=[source],
            outputs=outputs(tmp_path, "inner", changed_below=False),
            neighbours=[],
        ).finished
        assert made.problems == []
        # And if somebody changes it all the same, that is found where it happens.
        last = maker.step(tmp_path / "three", "inner.append(3)", step="three", inputs=inputs(made)).finished
        assert [each.code for each in last.problems] == ["KFP316"]
        assert "shares objects with b" in last.problems[0].message


class TestProblems:
    def test_what_the_setup_makes_and_the_step_changes_is_not_to_be_made_in_the_setup(self, maker, tmp_path):
        made = maker.step(
            tmp_path,
            "con.execute('select 1')",
            setup=[Cell(number=3, source="import sqlite3\ncon = sqlite3.connect(':memory:')")],
            outputs=outputs(tmp_path, "con", readers=["report"]),
        ).finished
        [problem] = made.problems
        assert problem.code == "KFP313"
        assert "as the step leaves it, which may have changed what setup cell 3 made; step report needs it" in (
            problem.message
        )
        assert "do not make it in the setup" in problem.hint
        maker.run("con.close()")

    def test_what_cannot_be_pickled_is_named_and_the_rest_is_saved(self, maker, tmp_path):
        made = maker.step(
            tmp_path,
            "config = {'n': 1, 'handle': open('/dev/null')}; good = [1]; lock = __import__('threading').Lock()",
            outputs=outputs(tmp_path, "config", "good", "lock", readers=["train", "report"]),
        ).finished
        assert [each.name for each in made.outputs] == ["good"]
        assert [each.code for each in made.problems] == ["KFP313", "KFP313"]
        assert made.problems[0].message == (
            "step one: config of type dict cannot be saved, because of config['handle'] of type _io.TextIOWrapper; "
            "steps train and report need it"
        )
        assert made.retryable is False
        maker.run("config['handle'].close()")

    def test_unbound(self, maker, tmp_path):
        made = maker.step(tmp_path, "y = 1", outputs=outputs(tmp_path, "x", readers=["train"])).finished
        (problem,) = made.problems
        assert (problem.code, problem.message) == (
            "KFP314",
            "step one: x is not bound at the end of the step, but step train reads it",
        )

    def test_a_damaged_and_a_missing_input(self, maker, user, tmp_path):
        made = maker.step(tmp_path / "one", "x = [1]; y = {}", outputs=outputs(tmp_path, "x", "y")).finished
        wanted = inputs(made)
        content = bytearray((tmp_path / "out" / "x").read_bytes())
        content[-50] ^= 1
        (tmp_path / "out" / "x").write_bytes(content)
        (tmp_path / "out" / "y").unlink()
        begun = user.step(tmp_path / "two", step="two", inputs=wanted).begun
        assert [each.code for each in begun.problems] == ["KFP312", "KFP312"]
        assert "step two: the input x from step one is damaged:" in begun.problems[0].message
        assert "cannot be read" in begun.problems[1].message
        assert begun.retryable is True

    def test_a_class_that_is_missing_where_it_is_loaded(self, maker, user, tmp_path):
        made = maker.step(
            tmp_path / "one",
            "c = Config()",
            setup=[Cell(number=1, source="class Config: pass")],
            outputs=outputs(tmp_path, "c"),
        ).finished
        (problem,) = user.step(tmp_path / "two", inputs=inputs(made)).begun.problems
        assert problem.code == "KFP317"
        assert "needs Config, which the notebook's setup defines" in problem.message

    def test_a_folder_that_cannot_be_written(self, maker, tmp_path):
        (tmp_path / "file").write_text("")
        wanted = [SessionOutput(name="x", key="x", binding="artifact", path=str(tmp_path / "file" / "x"))]
        (problem,) = maker.step(tmp_path, "x = 1", outputs=wanted).finished.problems
        assert problem.code == "KFP311"
        assert "free" in problem.message

    def test_a_full_disk(self, maker, tmp_path):
        limit = (
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY)); "
            "big = bytes(1_000_000); small = 1"
        )
        try:
            made = maker.step(tmp_path, limit, outputs=outputs(tmp_path, "big", "small")).finished
        finally:
            maker.run("resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)", silent=True)
        (problem,) = made.problems
        assert problem.code == "KFP311"
        assert "big (9" in problem.message
        assert made.retryable is True
        assert [each.name for each in (tmp_path / "out").iterdir()] == ["small"]

    def test_a_request_that_cannot_be_read(self, maker, tmp_path):
        (tmp_path / "session.json").write_text("{}")
        maker.run(_CALL.format("begin", str(tmp_path / "session.json")), silent=True)
        (problem,) = read_report(tmp_path / "session.json").problems
        assert problem.code == "KFP319"
