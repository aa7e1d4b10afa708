"""Which modules of the user's own a pipeline carries, where they are looked for, what is said of those that stay."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.compiler import shipped_modules
from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, compile_notebook
from jupyter_kfp.compiler.module_search import SearchFolders
from jupyter_kfp.notebook.notebook_folder import DiskFolder, FolderContents
from jupyter_kfp.spec.extension import Extension, read_extension
from jupyter_kfp.spec.payload_storage import with_module_files
from jupyter_kfp.spec.step_payload import INLINE_LIMIT, StepPayload, unpack_payload


def notebook(*cells: tuple[str, str]) -> dict[str, Any]:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {"cell_type": "code", "id": f"c{number}", "metadata": {"tags": [tag] if tag else []}, "source": source}
            for number, (tag, source) in enumerate(cells, 1)
        ],
    }


def compiled(files: dict[str, str | bytes], *cells: tuple[str, str]) -> CompiledNotebook:
    contents = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return compile_notebook(notebook(*cells), folder=FolderContents(contents))


def payload(result: CompiledNotebook, step: str = "a") -> StepPayload:
    assert result.pipeline is not None, result.diagnostics
    deployment = result.pipeline.spec.deployment_spec
    assert deployment is not None
    container = deployment.executors[f"exec-{step}"].container
    assert container is not None
    return unpack_payload(container.args[1])


def extension(result: CompiledNotebook) -> Extension:
    assert result.pipeline is not None
    assert result.pipeline.spec.deployment_spec is not None
    found = read_extension(result.pipeline.spec.deployment_spec.extension)
    assert found is not None
    return found


def shipped(result: CompiledNotebook) -> list[str]:
    return [file.path for file in payload(result).modules.files]


@pytest.mark.parametrize(
    ("source", "files", "expected"),
    [
        ("import m", {"m.py": "", "n.py": ""}, ["m.py"]),
        ("import m", {"m.py": "import n", "n.py": ""}, ["m.py", "n.py"]),
        ("def f():\n    from m import x", {"m.py": ""}, ["m.py"]),
        ("from p.q import r", {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/r.py": ""}, None),
        ("import p.q", {"p/q.py": "from . import r", "p/r.py": "", "p/s.py": ""}, ["p/q.py", "p/r.py"]),
        ("import importlib\nimportlib.import_module('m')", {"m.py": "", "n.py": ""}, ["m.py"]),
        ("import importlib\nimportlib.import_module('m' + x)", {"m.py": "", "n.py": ""}, None),
        ("import os\nos.chdir('..')\nimport m", {"../m.py": "", "n.py": ""}, ["../m.py"]),
        ("import sys\nsys.path.insert(0, 'lib')\nimport m", {"lib/m.py": "import n", "lib/n.py": ""}, None),
        ("import m", {"m.py": "import sys\nsys.path.append('x')\nimport n", "x/n.py": ""}, None),
        ("import m", {"m.py": "def (:"}, ["m.py"]),
        ("import m", {"m.py": b"\xff\xfe"}, ["m.py"]),
        ("import numpy", {"numpy/data.csv": ""}, []),
        ("%load_ext m", {"m.py": ""}, ["m.py"]),
        ("import m", {"m.py": "import m"}, ["m.py"]),
        ("import p", {"p/__init__.py": "", "p/data/t.csv": "1", "p/__pycache__/x.pyc": "", "p/.hidden": ""}, None),
        ("import m", {"m.py": "from pathlib import Path\nP = Path(__file__).parent / 'd.txt'", "d.txt": "1"}, None),
    ],
)
def test_what_goes_along(source: str, files: dict[str, str], expected: list[str] | None) -> None:
    found = shipped(compiled(files, ("step:a", f"x = 'n'\n{source}")))
    everything = sorted(name for name in files if "__pycache__" not in name and "/." not in name)
    assert found == (everything if expected is None else expected)


@pytest.mark.parametrize(
    ("source", "folders"),
    [
        ("sys.path.append('src')", [".", "src"]),
        ("sys.path.insert(0, '..')", ["..", "."]),
        ("p = os.path.abspath(os.path.join('..'))\nif p not in sys.path:\n    sys.path.append(p)", [".", ".."]),
        ("os.chdir('..')\nsys.path.append('src')", ["..", ".", "../src"]),
        ("ROOT = Path.cwd().parent\nsys.path.insert(0, str(ROOT / 'lib'))", ["../lib", "."]),
        ("sys.path += ['a', 'b']", [".", "a", "b"]),
        ("sys.path.append(f'{os.getcwd()}/../x')", [".", "../x"]),
        ("sys.path.append(os.path.dirname(os.path.abspath('')))", [".", ".."]),
        ("sys.path.append('/opt/lib')\nsys.path.append(unknown)\nsys.path.append('~/lib')", ["."]),
        ("get_ipython().run_line_magic('cd', '../..')", ["../..", "."]),
        ("def f():\n    sys.path.append('src')", ["."]),
    ],
)
def test_where_imports_look(source: str, folders: list[str]) -> None:
    search = SearchFolders()
    search.read([ast.parse(source)])
    assert search.folders == folders


def test_a_folder_on_disk_is_read_like_one_that_is_given(tmp_path: Path) -> None:
    files = {"m.py": b"x = 1", "p/__init__.py": b"", "p/d.csv": b"1"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    for folder in (DiskFolder(tmp_path), FolderContents(files), FolderContents({}, DiskFolder(tmp_path))):
        assert [folder.read("m.py"), folder.read("p/d.csv"), folder.read("none.py")] == [b"x = 1", b"1", None]
        assert [list(folder.names(".")), list(folder.names("p")), list(folder.names("q"))] == [
            ["m.py", "p/"],
            ["__init__.py", "d.csv"],
            [],
        ]
        assert [folder.size("m.py"), folder.size("p"), folder.size("none")] == [5, 0, 0]


def test_notebook_json_without_a_folder_has_no_modules() -> None:
    assert not payload(compile_notebook(notebook(("step:a", "import m")))).modules.files


def test_only_what_is_imported_counts_for_a_step() -> None:
    files = {"used.py": "import below", "below.py": "import json", "other.py": "import msgspec"}
    result = compiled(files, ("setup", "import used\nimport other"), ("step:a", "used"), ("step:b", "other"))
    records = extension(result)
    assert {key: step.modules for key, step in records.steps.items()} == {"a": ["used"], "b": ["other"]}
    assert records.modules["used"].imports == ["below"]
    assert records.modules["other"].packages == ["msgspec"]
    assert records.steps["b"].packages == ["msgspec"]


def test_the_same_files_give_the_same_pipeline() -> None:
    files = {"b.py": "import a", "a.py": "x = 1"}
    results = [compiled(dict(order), ("step:a", "import b")) for order in (files.items(), reversed(files.items()))]
    assert results[0] == results[1]


def test_machine_code_is_refused_where_it_is_imported() -> None:
    files = {"m.py": "import fast", "fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF"}
    (found,) = compiled(files, ("step:a", "x = 1\nimport m")).diagnostics
    assert (found.code, found.cell, found.line) == ("KFP151", 1, 2)
    assert "fast" in found.message


def test_too_much_source_is_refused_with_the_largest_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_modules, "MOST_BYTES", 1000)
    (found,) = compiled({"m.py": "#" * 2000, "n.py": ""}, ("step:a", "import n\nimport m")).diagnostics
    assert (found.code, found.line, "m.py" in found.message) == ("KFP151", 2, True)


def test_large_data_is_left_out_and_said_to_whom_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_modules, "MOST_DATA_BYTES", 100)
    files = {"p/__init__.py": "", "p/big.bin": b"\0" * 200}
    silent = compiled(files, ("step:a", "import p"))
    assert (shipped(silent), silent.diagnostics) == (["p/__init__.py"], [])
    files["p/__init__.py"] = "import importlib.resources as r"  # type: ignore[assignment]
    (found,) = compiled(files, ("step:a", "import p")).diagnostics
    assert (found.code, "p/big.bin" in found.message) == ("KFP152", True)


def test_more_than_a_command_line_holds_is_kept_once() -> None:
    noise = "\n".join(f"x{number} = '{number * 7919 % 1000003:x}{number:o}'" for number in range(30_000))
    result = compiled({"m.py": noise}, ("step:a", "import m"), ("step:b", "m"))
    records = extension(result)
    assert len(records.module_files) == 1
    step = payload(result, "b")
    assert not step.modules.files[0].is_complete
    assert with_module_files(step, records.module_files).modules.files[0].text == noise
    assert all(len(packed) <= INLINE_LIMIT for packed in records.payloads.values())


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["m.py", "n.py", "p/__init__.py", "p/q.py", "lib/r.py"]),
        st.lists(
            st.sampled_from(
                ["import m", "import n", "from p import q", "from . import q", "import p.q", "import r", "("]
            ),
            max_size=3,
        ).map("\n".join),
    )
)
def test_any_modules_compile(files: dict[str, str]) -> None:
    cell = "import sys\nsys.path.append('lib')\ntry:\n    import m, n, p.q, r\nexcept ImportError:\n    pass"
    assert set(shipped(compiled(files, ("step:a", cell)))) <= set(files)
