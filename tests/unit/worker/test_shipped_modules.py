"""Imports in a process that has a step's copy of the user's modules; each test runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = """
import os, sys, json
from pathlib import Path
from jupyter_kfp.spec.shipped_files import ShippedModules, shipped_file
from jupyter_kfp.worker import shipped_modules
files = json.loads(sys.argv[1])
os.chdir(sys.argv[2])
sys.path[0:0] = [""]
names = sorted({name.partition("/")[0].removesuffix(".py") for name in files})
modules = ShippedModules(files=[shipped_file(name, text.encode()) for name, text in files.items()], names=names)
code = shipped_modules.install(modules, Path(sys.argv[3]))
"""


def run(tmp_path: Path, files: dict[str, str], source: str, **beside: str) -> str:
    here = tmp_path / "above" / "here"
    here.mkdir(parents=True)
    for name, text in beside.items():
        (here / f"{name}.py").write_text(text)
    (tmp_path / "private").mkdir()
    script = SCRIPT + textwrap.dedent(source)
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(files), str(here), str(tmp_path / "private")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_the_copy_wins_over_what_lies_there_now(tmp_path: Path) -> None:
    assert run(tmp_path, {"m.py": "x = 'copy'"}, "import m; print(m.x)", m="x = 'now'") == "copy"


def test_what_was_not_shipped_is_found_where_it_lies(tmp_path: Path) -> None:
    assert run(tmp_path, {"m.py": "import n; x = n.x"}, "import m; print(m.x)", n="x = 'there'") == "there"


def test_the_order_of_the_search_path_counts(tmp_path: Path) -> None:
    files = {"m.py": "x = 'here'", "lib/m.py": "x = 'lib'", "../m.py": "x = 'above'"}
    assert run(tmp_path, files, "sys.path.insert(0, 'lib'); import m; print(m.x)") == "lib"


def test_the_folder_of_the_process_counts(tmp_path: Path) -> None:
    files = {"m.py": "x = 'here'", "n.py": "", "../m.py": "x = 'above'"}
    assert run(tmp_path, files, "import n; os.chdir('..'); import m; print(m.x)") == "above"


def test_a_module_of_the_same_name_that_was_loaded_before_stays(tmp_path: Path) -> None:
    assert run(tmp_path, {"json.py": "x = 1"}, "import json as j; print(hasattr(j, 'x'))") == "False"


def test_files_and_packages(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "from . import q",
        "p/q.py": "from pathlib import Path\nt = (Path(__file__).parent / 'd.txt').read_text()",
        "p/d.txt": "text",
        "spaces/inner/r.py": "y = 2",
    }
    source = """
    import p, pkgutil, importlib.resources
    from spaces.inner import r
    print(p.q.t, r.y, [found.name for found in pkgutil.iter_modules(p.__path__)])
    print(importlib.resources.files('p').joinpath('d.txt').read_text())
    """
    assert run(tmp_path, files, source) == "text 2 ['q']\ntext"


def test_tracebacks_and_sources_show_what_ran(tmp_path: Path) -> None:
    source = """
    import m, traceback, inspect
    try:
        m.f()
    except ValueError:
        print(traceback.format_exc().splitlines()[-3:-1])
    print(inspect.getsource(m.f).splitlines()[0])
    """
    shown = run(tmp_path, {"m.py": "def f():\n    raise ValueError('copy')\n"}, source, m="# other\n# lines\n")
    assert f"{tmp_path}/above/here/m.py" in shown
    assert "raise ValueError('copy')" in shown
    assert shown.endswith("def f():")


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_that_are_started_find_the_copies(tmp_path: Path, method: str) -> None:
    source = f"""
    import m, multiprocessing
    if __name__ == "__main__":
        with multiprocessing.get_context({method!r}).Pool(1) as pool:
            print(pool.map(m.f, [1, 2]))
    """
    assert run(tmp_path, {"m.py": "def f(n): return n * 10"}, source, m="def f(n): return -1") == "[10, 20]"


def test_nothing_is_left_after_a_step(tmp_path: Path) -> None:
    source = """
    import m
    before = list(sys.path)
    shipped_modules.remove()
    print("m" in sys.modules, code.copy_of_here in sys.path)
    import m
    print(m.x)
    """
    assert run(tmp_path, {"m.py": "x = 'copy'"}, source, m="x = 'now'") == "False False\nnow"
