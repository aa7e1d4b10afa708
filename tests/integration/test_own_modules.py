"""The user's own modules beside a notebook: what was compiled runs, wherever it runs, and counts for the cache."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = (
    ("step:a", "import helpers\nx = helpers.twice(21)\nprint('a', x)"),
    ("step:b", "print('b', helpers.twice(x))"),
)
IMPORTS = """
import pkg
from spaces.deep.leaf import leaf
import tools
try:
    import sometimes
except ImportError:
    sometimes = None
late = importlib.import_module('pkg.' + 'plugins.late')
print(pkg.base, pkg.core.table, leaf, tools.value, sometimes.flag, late.name)
"""


def write(folder: Path, **files: str) -> None:
    """Write modules; ``__`` in a name stands for a folder, ``0`` for ``__init__``."""
    for name, text in files.items():
        *folders, last = name.split("__")
        path = folder.joinpath(*folders, f"{'__init__' if last == '0' else last}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def log(kfp: Any, step: str) -> str:
    text: str = kfp("logs", "last", step).stdout
    return text


def reasons(kfp: Any, source: Path, *arguments: str) -> dict[str, str]:
    result = kfp.json("run", source, *arguments)
    assert result["state"] == "SUCCEEDED", result
    return {path.removeprefix("root/"): task["reason"] or "ran" for path, task in result["tasks"].items()}


@pytest.fixture
def compiled(kfp: Any, make_notebook: Any, tmp_path: Path) -> Path:
    """A pipeline of a notebook whose module doubles numbers."""
    write(tmp_path, helpers="def twice(n):\n    return 2 * n\n")
    pipeline = tmp_path / "nb.yaml"
    done = kfp("compile", make_notebook(*NOTEBOOK), "-o", pipeline)
    assert done.returncode == 0, done.stderr
    return pipeline


def test_an_edit_after_compiling_is_not_seen(kfp: Any, compiled: Path, tmp_path: Path) -> None:
    write(tmp_path, helpers="def twice(n):\n    return -1\n")
    reasons(kfp, compiled)
    assert "a 42" in log(kfp, "a")
    assert "b 84" in log(kfp, "b")


def test_the_pipeline_runs_where_there_are_no_modules(kfp: Any, compiled: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(compiled, elsewhere)
    (tmp_path / "helpers.py").unlink()
    reasons(kfp, elsewhere / compiled.name)
    assert "b 84" in log(kfp, "b")


def test_an_edit_while_it_runs_and_a_retry(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(tmp_path, helpers="def twice(n):\n    return 2 * n\n", other="def twice(n):\n    return -1\n")
    notebook = make_notebook(
        ("step:a", "import os, helpers\nx = 21\nos.replace('other.py', 'helpers.py')"),
        ("step:b", "import os\ny = helpers.twice(x)\nprint('b', y)\nif not os.path.exists('go'):\n    1 / 0"),
    )
    assert kfp.json("run", notebook)["state"] == "FAILED"
    assert "b 42" in log(kfp, "b")
    (tmp_path / "go").touch()
    assert kfp("retry", "last").returncode == 0
    assert "b 42" in log(kfp, "b")


def test_a_traceback_shows_the_lines_that_ran_under_the_users_name(
    kfp: Any, make_notebook: Any, tmp_path: Path
) -> None:
    write(tmp_path, helpers="def fail():\n    reason = 'as compiled'\n    raise ValueError(reason)\n")
    pipeline = tmp_path / "nb.yaml"
    kfp("compile", make_notebook(("step:a", "import helpers\nhelpers.fail()")), "-o", pipeline)
    write(tmp_path, helpers="# now\n# something\n# else\n")
    done = kfp("run", pipeline)
    assert f'File "{tmp_path}/helpers.py", line 3, in fail' in done.stdout + done.stderr
    assert "raise ValueError(reason)" in done.stdout + done.stderr


def test_packages_and_every_way_to_import(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(
        tmp_path,
        pkg__0="from .core import base\n",
        pkg__core="from . import extra\nbase = extra.one + 1\n",
        pkg__extra="one = 1\n",
        pkg__plugins__0="",
        pkg__plugins__late="name = 'late'\n",
        spaces__deep__leaf="leaf = 'leaf'\n",
        src__tools="import inner\nvalue = inner.value\n",
        src__inner="value = 'inner'\n",
        sometimes="flag = True\n",
    )
    (tmp_path / "pkg" / "table.csv").write_text("1,2,3")
    with (tmp_path / "pkg" / "core.py").open("a") as file:
        file.write("from pathlib import Path\ntable = (Path(__file__).parent / 'table.csv').read_text()\n")
    notebook = make_notebook(
        ("setup", "import sys, importlib\nsys.path.append('src')"),
        ("step:a", IMPORTS),
        ("step:b", "print(pkg.base, leaf, tools.value)"),
    )
    pipeline = tmp_path / "nb.yaml"
    assert kfp("compile", notebook, "-o", pipeline).returncode == 0
    for name in ("pkg", "spaces", "src"):
        shutil.rmtree(tmp_path / name)
    (tmp_path / "sometimes.py").unlink()
    reasons(kfp, pipeline)
    assert "2 1,2,3 leaf inner True late" in log(kfp, "a")
    assert "2 leaf inner" in log(kfp, "b")


def test_modules_of_the_folder_above(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(tmp_path, lib__tool="import lib.more\nx = lib.more.y\n", lib__more="y = 'above'\n")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = make_notebook(
        ("step:a", "import os\nos.chdir('..')\nfrom lib.tool import x\nprint('a', x)"), ("step:b", "print('b', x)")
    )
    moved = shutil.move(notebook, folder)
    pipeline = folder / "nb.yaml"
    assert kfp("compile", moved, "-o", pipeline).returncode == 0
    shutil.rmtree(tmp_path / "lib")
    reasons(kfp, pipeline)
    assert "a above" in log(kfp, "a")
    assert "b above" in log(kfp, "b")


def test_a_class_of_a_module_travels_to_a_step_that_does_not_import_it(
    kfp: Any, make_notebook: Any, tmp_path: Path
) -> None:
    text = (
        "from dataclasses import dataclass\nfrom enum import Enum\nclass Colour(Enum):\n    RED = 1\n"
        "@dataclass\nclass Point:\n    x: int\n    c: Colour\n    def show(self):\n        return f'shown {self.x}'\n"
    )
    write(tmp_path, shapes=text)
    notebook = make_notebook(
        ("step:a", "import shapes\np = shapes.Point(1, shapes.Colour.RED)"),
        ("step:b", "print(p.show(), p.c.name)"),
        ("step:c", "print(2)"),
    )
    assert reasons(kfp, notebook) == {"a": "ran", "b": "ran", "c": "ran"}
    assert "shown 1 RED" in log(kfp, "b")
    assert reasons(kfp, notebook) == {"a": "cached", "b": "cached", "c": "cached"}
    write(tmp_path, shapes=text.replace("shown", "seen"))
    assert "the module shapes beside the notebook changed" in kfp("plan", notebook).stdout
    assert reasons(kfp, notebook) == {"a": "ran", "b": "ran", "c": "cached"}
    assert "seen 1 RED" in log(kfp, "b")


def test_only_modules_that_a_step_uses_count(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(tmp_path, used="import below\ny = below.z\n", below="z = 1\n", plots="def plot(): pass\n", lonely="x = 1\n")
    notebook = make_notebook(
        ("setup", "import used\nimport plots"), ("step:a", "print(used.y)"), ("step:b", "plots.plot()")
    )
    assert reasons(kfp, notebook) == {"a": "ran", "b": "ran"}
    write(tmp_path, lonely="x = 2\n")
    assert reasons(kfp, notebook) == {"a": "cached", "b": "cached"}
    write(tmp_path, plots="def plot(): print('plotted')\n")
    assert reasons(kfp, notebook) == {"a": "cached", "b": "ran"}
    write(tmp_path, below="z = 2\n")
    assert reasons(kfp, notebook) == {"a": "ran", "b": "cached"}


def test_a_module_that_is_not_python_fails_as_it_does_in_the_notebook(
    kfp: Any, make_notebook: Any, tmp_path: Path
) -> None:
    write(tmp_path, broken="def (:\n")
    done = kfp("run", make_notebook(("step:a", "x = 1\nimport broken")))
    assert done.returncode != 0
    assert "cell 1, line 2: SyntaxError" in done.stdout + done.stderr
    assert f'File "{tmp_path}/broken.py", line 1' in done.stdout + done.stderr


def test_a_module_that_the_notebook_writes(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(tmp_path, made="x = 'stale'\n", put="x = 'stale'\n")
    notebook = make_notebook(
        ("step:a", "%%writefile made.py\nx = 'as written'\n"),
        ("step:a", "open('put.py', 'w').write(\"x = 'put'\")"),
        ("step:a", "import made, put\nprint(made.x, put.x)"),
        ("step:b", "print(made.x)"),
    )
    reasons(kfp, notebook)
    assert "as written put" in log(kfp, "a")
    assert "as written" in log(kfp, "b")


def test_large_modules_are_kept_once_and_still_run(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    noise = "".join(f"x{number} = '{hash((number, 'salt')) & 0xFFFFFFFFFFFF:x}'\n" for number in range(20_000))
    write(tmp_path, big=noise + "last = 'reached'\n")
    notebook = make_notebook(("step:a", "import big\nprint(big.last)"), ("step:b", "print(big.last)"))
    pipeline = tmp_path / "nb.yaml"
    assert kfp("compile", notebook, "-o", pipeline).returncode == 0
    text = pipeline.read_text()
    assert text.count("module_files") == 1
    assert max(map(len, text.split())) < 2 * len(noise)
    (tmp_path / "big.py").unlink()
    reasons(kfp, pipeline)
    assert "reached" in log(kfp, "b")


def test_data_of_modules_that_steps_change_is_handed_on(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(
        tmp_path,
        registry="ALL = {}\ndef register(f):\n    ALL[f.__name__] = f\n    return f\n",
        seeds="import random\ndef seed(n): random.seed(n)\n",
    )
    notebook = make_notebook(
        ("setup", "import random, registry, seeds"),
        ("step:a", "seeds.seed(3)\nfirst = random.random()\n@registry.register\ndef twice(n):\n    return 2 * n"),
        ("step:b", "second = random.random()\nprint('b', registry.ALL['twice'](21))"),
        ("step:c", "random.seed(3)\nprint('c', [first, second] == [random.random(), random.random()])"),
    )
    assert reasons(kfp, notebook) == {"a": "ran", "b": "ran", "c": "ran"}
    assert "b 42" in log(kfp, "b")
    assert "c True" in log(kfp, "c")
    assert reasons(kfp, notebook) == {"a": "cached", "b": "cached", "c": "cached"}


def test_data_that_changes_unseen_ends_the_run(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    write(tmp_path, helpers="_config = {'a': 0}\ndef parts(): return [_config]\ndef get(): return _config['a']\n")
    notebook = make_notebook(
        ("setup", "import helpers"), ("step:a", "helpers.parts()[0]['a'] = 1"), ("step:b", "print(helpers.get())")
    )
    result = kfp.json("run", notebook)
    assert (result["state"], result["error"]["code"]) == ("FAILED", "KFP331")
    assert "helpers._config" in result["error"]["message"]
    assert "step b" in result["error"]["message"]
