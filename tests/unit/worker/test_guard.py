"""The guard finds every change that a user would see, and nothing else."""

import textwrap

import pytest

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import pickle_value, save_pickled
from jupyter_kfp.spec.step_payload import Cell
from jupyter_kfp.worker.change_site import change_sites
from jupyter_kfp.worker.guard import Guard
from jupyter_kfp.worker.loaded_inputs import load_inputs
from jupyter_kfp.worker.session_files import SessionInput, SessionRequest

PRELUDE = """
import collections, dataclasses, functools, threading
import numpy as np
import pandas as pd

@dataclasses.dataclass
class Record:
    rows: list
    @functools.cached_property
    def total(self):
        return sum(self.rows)

class Opaque:
    __hash__ = None
    def __init__(self):
        self.items = [1, 2]
    def __eq__(self, other):
        return True
    def remember(self):
        self._seen = True

class ById:
    def __init__(self, value):
        self.value = value
"""


def frame():
    return (
        "pd.DataFrame({'n': np.arange(5.0), 'k': list('abcab'), 'd': pd.date_range('2020', periods=5), "
        "'c': pd.Categorical(list('abcab')), 'o': [[1], {2: 3}, None, 'x', 1.5]})"
    )


@pytest.fixture
def changes(tmp_path):
    """Save a value, load it as a guarded input, run a cell, ask the guard."""

    def run(value, cell, setup=""):
        namespace = {"__name__": "__main__"}
        exec(PRELUDE + setup, namespace)
        exec(f"x = {value}", namespace)
        written = save_pickled(
            tmp_path / "x", ["x"], pickle_value(namespace["x"], NotebookNames(namespace, step="make"))
        )
        request = SessionRequest(
            step="use",
            cells=[Cell(number=7, source=cell)],
            inputs=[
                SessionInput(
                    name="x",
                    kind="artifact",
                    path=str(tmp_path / "x"),
                    digest=written.digest,
                    guarded=True,
                    producer="make",
                )
            ],
        )
        guard = Guard(request, NotebookNames(namespace, step="use"), lambda source: source, folder=tmp_path)
        loaded = load_inputs(request.inputs, "use", namespace)
        assert not loaded.problems
        guard.watch(loaded)
        exec(cell, namespace)
        return guard.check(record=True)

    return run


UNCHANGED = [
    ("np.arange(100_000.0)", "x.sum(); x + 1; x[3] = x[3]"),
    ("np.arange(1_000_000.0)", "x[:] = np.arange(1_000_000.0)"),
    (frame(), "x.describe(include='all'); x.groupby('k').n.mean(); x.values; x.copy(); x.sort_values('n'); x.T"),
    (frame(), "x['n'] = x['n']"),
    ("{f's{i}' for i in range(500)}", "x.add('q'); x.discard('q')"),
    ("['x%d' % (i % 10) for i in range(100)]", "sorted(x); x[0] = 'x' + str(0)"),
    ("[float('nan'), complex('nan'), {'k': 'v'}]", "x[2]['k'] = ''.join('v')"),
    ("Record([1, 2])", "x.total"),
    ("Opaque()", "x.items"),
    ("{ById(i) for i in range(20)}", "len(x)"),
    ("collections.OrderedDict(a=1)", "x.move_to_end('a')"),
    ("np.random.default_rng(1)", "x.bit_generator"),
]
CHANGED = [
    ("np.arange(100_000.0)", "x[3] = 9", "x"),
    ("np.arange(1_000_000.0)", "x[999_999] = 9", "x"),
    ("np.arange(6.0)", "x.shape = (2, 3)", "x"),
    ("np.arange(6.0)", "x.flags.writeable = False", "x"),
    (frame(), "x.loc[0, 'n'] = 9", "x['n']"),
    (frame(), "x['z'] = 1", "x"),
    (frame(), "x.columns = list('ABCDE')", "x.columns"),
    (frame(), "x['o'].iloc[0].append(3)", "x['o'][0]"),
    (frame(), "x.attrs['source'] = 1", "x.attrs"),
    (frame(), "x.index.name = 'i'", "x.index.names[0]"),
    ("{'a', 'b'}", "x.add('q')", "x"),
    ("{'a': {'b': [1]}}", "x['a']['b'].append(2)", "x['a']['b']"),
    ("{'a': 1, 'b': 2}", "x['a'] = x.pop('a')", "x"),
    ("{'a': 1}", "x['f'] = threading.Lock()", "x"),
    ("Record([1, 2])", "x.rows.append(3)", "x.rows"),
    ("Opaque()", "x.remember()", "x._seen"),
    ("{ById(i) for i in range(20)}", "next(iter(x)).value = 99", "an element of x.value"),
    ("collections.deque([1, 2])", "x.rotate(1)", "x[0]"),
    ("np.random.default_rng(1)", "x.normal()", "x.state['state']"),
    ("[0.0]", "x[0] = -0.0", "x[0]"),
]


@pytest.mark.parametrize(("value", "cell"), UNCHANGED)
def test_use_is_no_change(changes, value, cell):
    assert changes(value, cell) == []


@pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy array:DeprecationWarning")
@pytest.mark.parametrize(("value", "cell", "where"), CHANGED)
def test_a_change_is_found_and_placed(changes, value, cell, where):
    (problem,) = changes(value, cell)
    assert problem.code == "KFP316"
    assert (problem.cell, problem.line) == (7, 1)
    assert problem.message.startswith("step use changes x from step make in place,")
    assert where == "x" or f"at {where}," in problem.message
    assert f"line 1: {cell}" in problem.message
    assert '"mutates": ["x"]' in problem.hint


class TestModels:
    """Objects of libraries make state for themselves when they are used."""

    @pytest.mark.parametrize(
        "model",
        [
            "LogisticRegression(max_iter=500)",
            "RandomForestClassifier(3)",
            "KNeighborsClassifier()",
            "make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))",
        ],
    )
    def test_scikit_learn(self, changes, model):
        setup = textwrap.dedent("""
            from sklearn.datasets import load_iris
            from sklearn.ensemble import RandomForestClassifier
            from sklearn.linear_model import LogisticRegression
            from sklearn.neighbors import KNeighborsClassifier
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import StandardScaler
            X, y = load_iris(return_X_y=True)
            X = X / X.max(axis=0)
        """)
        fitted = f"{model}.fit(X, y)"
        assert changes(fitted, "x.predict(X); x.score(X, y); repr(x); x.get_params()", setup) == []
        (problem,) = changes(fitted, "x.fit(X[:100], y[:100])", setup)
        assert problem.code == "KFP316"
        (problem,) = changes(model, "x.fit(X, y)", setup)
        assert problem.code == "KFP316"

    @pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
    def test_statsmodels(self, changes):
        setup = textwrap.dedent("""
            import statsmodels.formula.api as smf
            data = pd.DataFrame({'a': np.arange(30.0), 'b': np.sin(np.arange(30.0))})
        """)
        fitted = "smf.ols('a ~ b', data).fit()"
        assert changes(fitted, "x.summary(); x.aic; x.predict(); x.conf_int(); x.resid", setup) == []
        (problem,) = changes(fitted, "x.remove_data()", setup)
        assert problem.code == "KFP316"

    def test_a_sparse_matrix_may_sort_its_entries(self, changes):
        setup = "import scipy.sparse as sp"
        value = "sp.coo_matrix(([1.0, 2.0, 3.0], ([1, 0, 1], [1, 2, 1])))"
        assert changes(value, "x.tocsr(); x.sum_duplicates()", setup) == []
        (problem,) = changes(value, "x.data[0] = 7", setup)
        assert problem.code == "KFP316"

    def test_a_figure_may_be_drawn(self, changes):
        setup = "import io\nfrom matplotlib.figure import Figure\nfig = Figure(); fig.subplots().plot([1, 2])"
        assert changes("fig", "x.savefig(io.BytesIO())", setup) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("y = 1\nx['a'] = 1", 2),
        ("f(x)\nx.sort()\nx.a.b = 2", 3),
        ("f(x)\nx.sort()", 2),
        ("f(x)", 1),
        ("y = 2\nx += [1]", 2),
        ("del x[0]", 1),
        ("(a, x[0]) = 1, 2", 1),
        ("x = 1\nz.x.y()", None),
        ("this is not python", None),
    ],
)
def test_the_line_that_did_it(source, line):
    sites = change_sites([Cell(number=3, source=source)], "x", lambda text: text)
    assert (sites[0].line if sites else None) == line
