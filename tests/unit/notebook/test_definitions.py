from __future__ import annotations

import pytest

from jupyter_kfp.notebook.definitions import SetupNames, only_defines


def with_imports() -> SetupNames:
    available = SetupNames()
    available.add_all("import pandas as pd, numpy as np, os, sys\nimport matplotlib.pyplot as plt\nK = 3")
    return available


@pytest.mark.parametrize(
    "source",
    [
        "import a\nfrom b import c",
        '"""Doc."""\n# comment',
        "def f(x, y=3, *, z=None):\n    return open(x)",
        "async def f():\n    await g()",
        "@property\ndef f(x): ...",
        "import functools\n@functools.lru_cache(maxsize=None)\ndef f(): ...",
        "class A(Exception):\n    x: int = 3\n    def f(self): return open('a')",
        "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass A:\n    x: int = field(default=3)",
        "X = 5\nY = -X * 2 + K\nZ = [X, {'a': (Y, None)}]",
        "X: int = 3",
        "A, B = 1, 2",
        "f = lambda x: x + undefined",
        "from pathlib import Path\nROOT = Path('data') / 'raw'\nO = os.path.join('a', 'b')\nE = os.environ.get('X')",
        "import re\nPATTERN = re.compile('a')",
        "import logging\nlog = logging.getLogger(__name__)",
        "pd.set_option('display.width', 100)\nplt.style.use('ggplot')\nplt.rcParams['figure.figsize'] = (8, 4)",
        "pd.options.display.max_rows = 10\nos.environ['A'] = 'b'\nsys.path.append('..')\nnp.random.seed(42)",
        "import warnings\nwarnings.filterwarnings('ignore')",
        "%matplotlib inline\n%load_ext autoreload\n%autoreload 2",
        "%pip install pandas\n!pip install numpy",
        "try:\n    import a\nexcept ImportError:\n    a = None",
        "if K > 2:\n    X = 1\nelse:\n    X = 2",
        "pass",
    ],
)
def test_setup(source: str) -> None:
    assert only_defines(source, with_imports())


@pytest.mark.parametrize(
    "source",
    [
        "print('x')",
        "df = pd.read_csv('a.csv')",
        "X = df.shape",
        "X = unknown",
        "f()",
        "for i in range(3): pass",
        "with open('a') as f: pass",
        "x = [i for i in range(3)]",
        "X += 1",
        "del K",
        "from a import *",
        "def f(x=load()): ...",
        "def f(x=df): ...",
        "@register(open('a'))\ndef f(): ...",
        "class A:\n    print('x')",
        "class A(load()): ...",
        "df['a'] = 1",
        "!ls",
        "files = !ls",
        "%run other.py",
        "%time x = 1",
        "%%bash\nls",
        "await f()",
        "x = (",
        "pd.read_csv('a.csv')",
        "np.random.seed(seed)",
        "assert K",
        "y = x = open('a')",
        "if load(): X = 1",
        "X = K if load() else 2",
        "X = f'{load()}'",
    ],
)
def test_more_than_setup(source: str) -> None:
    available = with_imports()
    before = set(available.names)
    assert not only_defines(source, available)
    assert available.names == before


def test_names_of_setup_cells_add_up() -> None:
    available = SetupNames()
    assert not only_defines("B = A + 1", available)
    assert only_defines("A = 1", available)
    assert only_defines("B = A + 1", available)
    assert not only_defines("plt.style.use('x')", available)
    assert only_defines("import matplotlib.pyplot as plt", available)
    assert only_defines("plt.style.use('x')", available)
