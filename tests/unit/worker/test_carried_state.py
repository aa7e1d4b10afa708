"""State of a process is taken in one process and set in another."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.dataflow.process_state import GENERATORS
from jupyter_kfp.dataflow.state_slots import SLOTS as KNOWN_SLOTS
from jupyter_kfp.worker.carried_state import spoken
from jupyter_kfp.worker.process_slots import SLOTS

_SAVE = """
import pickle, sys
from jupyter_kfp.worker.carried_state import carried
from jupyter_kfp.worker.process_slots import begin_step
begin_step()
{code}
sys.stdout.flush()
with open({path!r}, "wb") as file:
    pickle.dump([carried(name) for name in {slots!r}], file)
"""
_LOAD = """
import pickle
from jupyter_kfp.worker.process_slots import begin_step
begin_step()
with open({path!r}, "rb") as file:
    pickle.load(file)
{code}
"""


def run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def carry(slots: list[str], change: str, look: str, folder: Path) -> str:
    path = str(folder / "state")
    run(_SAVE.format(code=change, path=path, slots=slots), folder)
    return run(_LOAD.format(code=look, path=path), folder)


@pytest.mark.parametrize(
    ("slots", "change", "look", "seen"),
    [
        (
            ["environ"],
            "import os; os.environ['KFP_A'] = '1'; del os.environ['PATH']",
            "import os; print(os.environ['KFP_A'], 'PATH' in os.environ)",
            "1 False",
        ),
        (
            ["folder"],
            "import os; os.mkdir('inner'); os.chdir('inner')",
            "import os; print(os.path.basename(os.getcwd()))",
            "inner",
        ),
        (
            ["import_path"],
            "import sys; sys.path.insert(0, 'first'); sys.path.append('last')",
            "import sys; print(sys.path[0], sys.path[-1], len(sys.path) == len(set(sys.path)))",
            "first last True",
        ),
        (
            ["python_random"],
            "import random; random.seed(1); random.random()",
            "import random; x = random.random(); random.seed(1); random.random(); print(x == random.random())",
            "True",
        ),
        (
            ["decimal_context"],
            "import decimal; decimal.getcontext().prec = 4",
            "import decimal; print(decimal.Decimal(1) / 3)",
            "0.3333",
        ),
        (
            ["warning_filters"],
            "import warnings; warnings.simplefilter('error', UserWarning)",
            "import warnings; print(warnings.filters[0][0], warnings.filters[0][2].__name__)",
            "error UserWarning",
        ),
        (
            ["limits", "socket_timeout", "collector"],
            "import sys, socket, gc; sys.setrecursionlimit(1234); socket.setdefaulttimeout(2); gc.disable()",
            "import sys, socket, gc; print(sys.getrecursionlimit(), socket.getdefaulttimeout(), gc.isenabled())",
            "1234 2.0 False",
        ),
        (
            ["logging"],
            (
                "import logging, sys; logging.basicConfig(stream=sys.stdout, level=10, format='- %(message)s')\n"
                "logging.getLogger('a').setLevel(30); logging.getLogger('a').addHandler(logging.FileHandler('log'))"
            ),
            (
                "import logging; logging.debug('seen'); logging.getLogger('a').info('unseen')\n"
                "logging.getLogger('a').error('kept'); print(open('log').read())"
            ),
            "- seen\n- kept\nkept",
        ),
        (
            ["numpy_random", "numpy_print", "numpy_errors"],
            (
                "import numpy as np; np.random.seed(3); np.random.rand(); np.set_printoptions(precision=2)\n"
                "np.seterr(all='raise')"
            ),
            (
                "import numpy as np; x = np.random.rand(); np.random.seed(3); np.random.rand()\n"
                "print(x == np.random.rand(), np.array([1.2345]), np.geterr()['divide'])"
            ),
            "True [1.23] raise",
        ),
        (
            ["pandas_options"],
            "import pandas as pd; pd.options.display.max_rows = 3; pd.options.display.float_format = '{:.1f}'.format",
            (
                "import sys; print('pandas' in sys.modules)\n"
                "import pandas as pd; print(pd.get_option('display.max_rows'))\n"
                "print(pd.Series([1.25]).to_string())"
            ),
            "False\n3\n0   1.2",
        ),
        (
            ["plot_style"],
            "import matplotlib as mpl; mpl.rcParams['figure.figsize'] = (2, 3)",
            "import matplotlib as mpl; print(mpl.rcParams['figure.figsize'])",
            "[2.0, 3.0]",
        ),
    ],
)
def test_a_state_arrives(slots: list[str], change: str, look: str, seen: str, tmp_path: Path) -> None:
    assert carry(slots, change, look, tmp_path).strip() == seen


def test_a_library_that_is_not_loaded_hands_on_what_waits_for_it(tmp_path: Path) -> None:
    change = "import pandas as pd; pd.options.display.max_rows = 3"
    path = str(tmp_path / "state")
    run(_SAVE.format(code=change, path=path, slots=["pandas_options"]), tmp_path)
    again = f"with open({path!r}, 'rb') as file: pickle.load(file)\nassert 'pandas' not in sys.modules"
    run(_SAVE.format(code=again, path=path, slots=["pandas_options"]), tmp_path)
    look = "import pandas as pd; print(pd.options.display.max_rows)"
    assert run(_LOAD.format(code=look, path=path), tmp_path).strip() == "3"


def test_nothing_is_carried_of_a_library_that_nobody_loaded(tmp_path: Path) -> None:
    look = "import pandas as pd; print(pd.options.display.max_rows)"
    assert carry(["pandas_options"], "pass", look, tmp_path).strip() == "60"


def test_the_compiler_and_the_worker_know_the_same_slots() -> None:
    assert {one.name for one in (*GENERATORS, *KNOWN_SLOTS)} == SLOTS.keys()
    assert {one.name: one.module for one in KNOWN_SLOTS} == {one.name: SLOTS[one.name].module for one in KNOWN_SLOTS}


def test_messages_do_not_name_hidden_variables() -> None:
    text = "step a: _kfp_logging of type X cannot be saved, _kfp_other neither"
    assert spoken(text) == "step a: the levels and handlers of logging of type X cannot be saved, _kfp_other neither"


def test_only_what_changed_of_the_environment_travels() -> None:
    from jupyter_kfp.worker.process_slots import begin_step

    begin_step()
    os.environ["KFP_TEST_ONLY"] = "x"
    try:
        assert SLOTS["environ"].read() == {"KFP_TEST_ONLY": "x"}
        assert pickle.loads(pickle.dumps(SLOTS["environ"].read())) == {"KFP_TEST_ONLY": "x"}
    finally:
        del os.environ["KFP_TEST_ONLY"]
