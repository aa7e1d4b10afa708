"""Values of every kind in another process: what can be asked of them has the same answer there, or saving refuses."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import load_values, pickle_value, save_pickled
from jupyter_kfp.artifacts.serializers.unpicklable import explain
from jupyter_kfp.artifacts.serializers.value_file import open_value_file

NOTEBOOK = """
import collections, contextvars, csv, dataclasses, datetime as dt, decimal, enum, fractions, functools, hashlib
import io, itertools, logging, operator, pathlib, queue, re, sqlite3, threading, types, typing, weakref
import zoneinfo
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import pandas as pd

class Words(list): pass
class Table(dict): pass
class Text(str): pass
class Number(int): pass
class Tagged(np.ndarray):
    def __array_finalize__(self, other): self.tag = getattr(other, 'tag', None)
class Measured(pd.DataFrame):
    _metadata = ['unit']
    @property
    def _constructor(self): return Measured
@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    b: list
@dataclasses.dataclass(slots=True)
class Slotted:
    a: int
    b: list
class Private:
    __slots__ = ('__a', 'b')
    def __init__(self): self.__a, self.b = 1, 2
    def a(self): return self.__a
class Colour(enum.Enum):
    RED = 1
class Flags(enum.Flag):
    X = 1
    Y = 2
class Pair(typing.NamedTuple):
    x: int
    y: list = []
Point = collections.namedtuple('Point', 'x y')
class Meta(type):
    def __new__(meta, name, bases, body, **options):
        made = super().__new__(meta, name, bases, body)
        made.options = options
        return made
class Made(metaclass=Meta, tag=3): pass
class Wrong(Exception):
    def __init__(self, message, code):
        super().__init__(message)
        self.code = code
class OnlyKeywords(OSError):
    def __init__(self, *, path): super().__init__(2, 'missing', path)
def with_attributes(value, **attributes):
    value.__dict__.update(attributes)
    return value
def chained():
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise ValueError('x', [1]) from error
    except ValueError as error:
        error.add_note('note')
        return error
def counter():
    count = [0]
    def step(by=1, *, seen=[2]):
        count[0] += by
        return count[0]
    def read(): return count[0]
    step.label = 'q'
    return step, read
@functools.singledispatch
def describe(value): return 'something'
@describe.register
def _(value: int): return 'a number'
def twice():
    one = [1]
    return [one, one, {'k': one}, (one,)]
def circle():
    one = [1]
    one.append(one)
    return one
def half_read():
    left = iter([1, 2, 3])
    next(left)
    return left
def objects():
    array = np.array([1, 'x', [2], None], dtype=object)
    return [array, array[1:3], array[::-1], array.reshape(2, 2)]
def unwritable(array):
    array.flags.writeable = False
    return array
def windows():
    array = np.arange(6)
    return [np.lib.stride_tricks.as_strided(array, (4, 3), (8, 8)), array]
def measured():
    frame = Measured({'a': [1]})
    frame.unit = 'kg'
    return frame
def noted(frame):
    frame.attrs['source'] = 'x'
    return frame
def view_of_bytes():
    memory = bytearray(b'abcdef')
    return [memory, memoryview(memory)[1:4]]
floats = np.random.default_rng(0).random((50, 40, 30))
"""
LAYOUT = "x.tolist(), x.dtype.str, x.flags.c_contiguous, x.flags.f_contiguous, x.flags.writeable"
SUMS = "x.shape, float(x.sum()).hex(), [float(s).hex() for a in range(x.ndim) for s in np.ravel(x.sum(axis=a))]"
VIEWS = (
    "[:, :3]", "[::2]", "[:, :, ::3]", "[::-1]", ".T[:, 2:5]", ".transpose(1, 0, 2)", "[::-2, 1:4, ::-3]", "[0, :, 0]",
    "[:, 1:2]", "[None, :, None, ::2]", ".astype(complex).real", "[:, 0]",
)  # fmt: skip
KEPT = [
    # arrays: layout down to the last digit of a sum
    *[(f"floats{view}", SUMS) for view in VIEWS],
    ("np.asfortranarray(floats[0, :3, :3])", LAYOUT),
    ("unwritable(np.arange(3))", LAYOUT),
    ("unwritable(np.arange(3).astype(object))", LAYOUT),
    ("np.broadcast_to(np.arange(3.), (100, 3))", f"{LAYOUT}, x.strides"),
    ("windows()", "x[1].__setitem__(2, 99), x[0].tolist(), x[1].tolist()"),
    ("objects()", "x[0].__setitem__(1, 'new'), [a.tolist() for a in x]"),
    ("objects()[1:3]", "x[0].__setitem__(0, 'new'), [a.tolist() for a in x]"),
    ("np.arange(3).astype('>i4')", LAYOUT),
    ("np.array(5)", f"type(x), {LAYOUT}"),
    ("np.float32('nan')", "type(x), x"),
    ("np.array([(1, 2., 'x')], dtype=[('a', '<i4'), ('b', '>f8'), ('c', 'U3')])", f"x.dtype.descr, {LAYOUT}"),
    ("np.rec.array([(1, 2.)], dtype=[('a', 'i4'), ('b', 'f8')])", "type(x), x.a.tolist(), x[0].b"),
    ("np.ma.array([1, 2, 3], mask=[0, 1, 0], fill_value=9, hard_mask=True)", "x, x.hardmask, x.fill_value, x.mask"),
    ("np.ma.masked", "x is np.ma.masked"),
    ("np.array(['2020-01-01', 'NaT'], dtype='M8[D]')", LAYOUT),
    ("np.matrix([[1, 2], [3, 4]])", "type(x), x * x"),
    ("with_attributes(np.arange(4).view(Tagged), tag='t')", "type(x).__name__, x.tag, x[1:].tag, x.tolist()"),
    ("np.finfo('f4')", "x.eps, x.dtype"),
    # frames
    ("pd.DataFrame({'c': pd.Categorical(['a', None], ['b', 'a'], ordered=True)})", "x.c.cat.categories, x.c"),
    ("pd.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['x', 'y'])", "x, x.names, x.levels"),
    ("pd.DataFrame({'i': pd.array([1, None], dtype='Int64'), 's': ['a', None]})", "x, x.dtypes, x.s.isna().tolist()"),
    ("pd.DataFrame({'s': list('abcdef')})[2:4]", "x, x.s.array[0]"),
    ("pd.DataFrame({'s': list('abcd'), 'n': pd.array([1, 2, 3, None], 'int64[pyarrow]')}).iloc[::2]", "x, x.sum()"),
    ("pd.Series(pd.arrays.SparseArray([0, 0, 1]))", "x.dtype, x"),
    ("noted(pd.DataFrame({'a': [1]}))", "x.attrs"),
    ("pd.DataFrame({'a': [1]}).set_flags(allows_duplicate_labels=False)", "x.flags.allows_duplicate_labels"),
    ("pd.Series(1, index=pd.date_range('2020', periods=3, freq='MS', tz='Europe/Berlin'))", "x.index, x.index.freq"),
    ("measured()", "type(x).__name__, x.unit"),
    # numbers, text, bytes
    ("[-0.0, float('inf'), 2**80, -2**63, True, 1, 1.0]", "x, list(map(type, x))"),
    ("'a\\ud800\\0b'", "[ord(c) for c in x]"),
    ("view_of_bytes()", "x[0].__setitem__(2, 0), bytes(x[1]), x[1].readonly"),
    ("decimal.Decimal('1.10')", "x"),
    ("dt.datetime(2020, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'), fold=1)", "x, x.fold, x.utcoffset()"),
    ("[NotImplemented, Ellipsis, slice(1, None, 2), range(0, 9, 3)]", "x, x[0] is NotImplemented"),
    # containers and their subclasses
    ("with_attributes(Words([1]), a=[5])", "type(x).__name__, x, x.a"),
    ("with_attributes(Table(k=1), a=5)", "type(x).__name__, x, x.a"),
    ("with_attributes(Text('abc'), a=5)", "type(x).__name__, x, x.a"),
    ("with_attributes(Number(5), a=5)", "type(x).__name__, x + 1, x.a"),
    ("collections.deque([1, 2], maxlen=2)", "x.append(3), x, x.maxlen"),
    ("collections.defaultdict(lambda: [1], a=[2])", "x['new'], dict(x)"),
    ("collections.ChainMap({'a': 1}, {'b': 2})", "x, x.maps"),
    ("types.MappingProxyType({'a': 1})", "type(x), dict(x)"),
    ("twice()", "x[0].append(2), x"),
    ("circle()", "x[1] is x, x[0]"),
    ("{frozenset({1, 2}): {3}}", "x[frozenset({2, 1})]"),
    # what the notebook defines
    ("Frozen(1, [2])", "x, hasattr(type(x), '__dataclass_params__') and type(x).__dataclass_params__.frozen"),
    ("Slotted(1, [2])", "x, hasattr(x, '__dict__'), type(x).__slots__"),
    ("Private()", "x.a(), x.b, hasattr(x, '__dict__')"),
    ("[Pair(1), Point(1, 2)]", "x, x[0]._replace(x=5), hasattr(x[1], '__dict__')"),
    ("[Colour.RED, Colour.RED, Flags.X | Flags.Y]", "x, x[0] is x[1], x[0] is type(x[0]).RED, x[2].value"),
    ("Made()", "type(type(x)).__name__, x.options"),
    ("counter()", "x[0](5), x[1](), x[0].__defaults__, x[0].__kwdefaults__, x[0].label"),
    ("functools.partial(counter()[0], 2)", "x(), x()"),
    ("describe", "x(1), x('a'), sorted(k.__name__ for k in x.registry)"),
    ("operator.methodcaller('upper')", "x('a')"),
    # exceptions
    ("Wrong('no', 7)", "repr(x), x.args, x.code, type(x).__mro__[1]"),
    ("OnlyKeywords(path='p')", "str(x), x.errno, x.filename"),
    ("chained()", "x.args, repr(x.__cause__), x.__cause__ is x.__context__, x.__suppress_context__, x.__notes__"),
    ("ExceptionGroup('g', [ValueError(1)])", "x, x.exceptions"),
    # what is half used
    ("half_read()", "list(x)"),
    ("enumerate(['a', 'b'], 5)", "list(x)"),
    ("io.BytesIO(b'abc')", "x.getvalue()"),
    ("logging.getLogger('a.b')", "x is logging.getLogger('a.b')"),
]  # fmt: skip
REFUSED = [
    ("(i for i in [1])", "make a list of it"),
    ("{'a': [threading.Lock()]}", "belongs to one process"),
    ("queue.Queue()", "its content as a list"),
    ("ThreadPoolExecutor(1)", "make a pool in each step"),
    ("sqlite3.connect(':memory:')", "connect in each step"),
    ("re.match('a', 'ab')", "match.group()"),
    ("weakref.ref(Frozen)", "the objects themselves"),
    ("contextvars.ContextVar('c')", "make it in a setup cell"),
    ("hashlib.md5()", "make it again in the step"),
    ("logging.StreamHandler(io.StringIO())", "logging up in a setup cell"),
]
_READER = """
import json, sys
from pathlib import Path
from jupyter_kfp.artifacts.serializers.pickled_value import load_values
from jupyter_kfp.artifacts.serializers.value_file import open_value_file
namespace = {'__name__': '__main__'}
answers = []
exec(sys.argv[3], namespace)
for number, question in enumerate(json.loads(sys.argv[2])):
    namespace['x'] = load_values(open_value_file(Path(sys.argv[1]) / str(number)), namespace)['x']
    answers.append(repr(eval(question, namespace)))
print(json.dumps(answers))
"""


@pytest.fixture
def notebook():
    namespace = {"__name__": "__main__"}
    exec(NOTEBOOK, namespace)
    return namespace


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_another_process_gives_the_same_answers(notebook, tmp_path):
    names = NotebookNames(notebook, step="make")
    expected = []
    for number, (expression, question) in enumerate(KEPT):
        value = eval(expression, notebook)
        save_pickled(tmp_path / str(number), ["x"], pickle_value(value, names))
        expected.append(repr(eval(question, notebook | {"x": value})))
    imports = NOTEBOOK.split("class Words")[0]
    done = subprocess.run(
        [sys.executable, "-c", _READER, str(tmp_path), json.dumps([question for _, question in KEPT]), imports],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    different = [(KEPT[i], expected[i], answers[i]) for i in range(len(KEPT)) if expected[i] != answers[i]]
    assert different == []


@pytest.mark.parametrize(("expression", "advice"), REFUSED)
def test_what_cannot_travel_is_refused_with_advice(notebook, expression, advice):
    value = eval(expression, notebook)
    names = NotebookNames(notebook, step="make")
    with pytest.raises(Exception, match=r"pickle|NotImplemented") as caught:
        pickle_value(value, names)
    culprit = explain(value, "x", names, caught.value)
    assert advice in culprit.advice
    if expression.startswith("sqlite3"):
        value.close()


@pytest.mark.parametrize("mode", ["w+", "r+", "c", "r"])
def test_an_array_that_is_a_file_comes_back_read_only(notebook, tmp_path, mode):
    """What a later step wrote would not reach the file; an error there says so, at its line."""
    np = notebook["np"]
    np.arange(4.0).tofile(tmp_path / "data")
    array = np.memmap(tmp_path / "data", dtype=float, mode=mode, shape=(4,))
    for value in (array, array[1:], np.asarray(array)):
        save_pickled(tmp_path / "value", ["x"], pickle_value(value, NotebookNames(notebook)))
        back = load_values(open_value_file(tmp_path / "value"), notebook)["x"]
        assert type(back) is type(value)
        assert back.tolist() == value.tolist()
        assert back.flags.writeable == (mode == "c")


@st.composite
def graphs(draw):
    """Lists, dicts and objects that refer to each other at random: shared, nested, in circles."""
    kinds = draw(st.lists(st.sampled_from(["list", "dict", "object", "tuple", "deque"]), min_size=1, max_size=8))
    links = [draw(st.lists(st.integers(0, len(kinds) - 1), max_size=4)) for _ in kinds]
    return kinds, links


def build(notebook, kinds, links):
    made = {"list": list, "dict": dict, "deque": notebook["collections"].deque, "tuple": list}
    nodes = [made[kind]() if kind in made else notebook["types"].SimpleNamespace() for kind in kinds]
    for node, kind, targets in zip(nodes, kinds, links, strict=True):
        for position, target in enumerate(targets):
            each = (nodes[target], position) if kind == "tuple" else nodes[target]
            if kind == "dict":
                node[position] = each
            elif kind == "object":
                setattr(node, f"a{position}", each)
            else:
                node.append(each)
    return nodes


def iter_of(node):
    return iter(node) if hasattr(node, "__iter__") else ()


def shape(value):
    """The graph that the value is, with numbers instead of identities, in the order in which it is met."""
    numbers, lines, waiting = {id(value): 0}, [], [value]
    while waiting:
        node = waiting.pop(0)
        parts = (
            list(node.values())
            if isinstance(node, dict)
            else list(vars(node).values())
            if hasattr(node, "__dict__")
            else node
        )
        line = [type(node).__name__]
        for part in parts if not isinstance(parts, int) else ():
            if isinstance(part, int):
                line.append(f"={part}")
                continue
            if id(part) not in numbers:
                numbers[id(part)] = len(numbers)
                waiting.append(part)
            line.append(str(numbers[id(part)]))
        lines.append(" ".join(line))
    return lines


@given(graph=graphs())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_sharing_comes_back(notebook, tmp_path, graph):
    nodes = build(notebook, *graph)
    names = [f"v{number}" for number in range(len(nodes))]
    whole = tuple(nodes) if len(nodes) > 1 else nodes[0]
    save_pickled(tmp_path / "value", names, pickle_value(whole, NotebookNames(notebook)))
    back = load_values(open_value_file(tmp_path / "value"), notebook)
    assert shape([back[name] for name in names]) == shape(nodes)
