"""Versions of modules: installed packages, modules beside the notebook, other environments."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from jupyter_kfp.engine import kernel_environment as kernels
from jupyter_kfp.engine.kernel_environment import KernelEnvironment, find_kernelspec, kernel_environment
from jupyter_kfp.engine.module_versions import forget_versions, module_parts
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.extension import ModuleRecord

OWN = KernelEnvironment("3.11.0", tuple(path for path in sys.path if path), own=True)


@pytest.fixture(autouse=True)
def fresh():
    forget_versions()
    kernel_environment.cache_clear()
    yield
    forget_versions()
    kernel_environment.cache_clear()


@pytest.mark.parametrize(
    ("module", "distribution"),
    [("msgspec", "msgspec"), ("yaml", "PyYAML"), ("dateutil", "python-dateutil"), ("_pytest", "pytest")],
)
def test_version_of_an_installed_package(module, distribution):
    assert module_parts([module], OWN, [], {}) == {f"package:{module}": importlib.metadata.version(distribution)}


def test_the_standard_library_has_no_parts():
    assert module_parts(["os", "json", "sqlite3"], OWN, [], {}) == {}


def test_a_module_that_is_not_there_is_told_apart_from_one_that_is():
    assert module_parts(["no_such_module"], OWN, [], {}) == {"package:no_such_module": "not found"}


def test_a_module_of_the_users_own_counts_with_what_it_imports():
    records = {
        "mine": ModuleRecord(digest="1", imports=["other", "pack.deep"], packages=["os", "msgspec"]),
        "other": ModuleRecord(digest="2", imports=["mine"]),
        "pack.deep": ModuleRecord(digest="3"),
        "lonely": ModuleRecord(digest="4", packages=["yaml"]),
    }
    assert module_parts([], OWN, ["mine"], records) == {
        "module:mine": "1",
        "module:other": "2",
        "module:pack.deep": "3",
        "package:msgspec": importlib.metadata.version("msgspec"),
    }
    assert module_parts(["os"], OWN, ["lonely", "unknown", ""], records).keys() == {"module:lonely", "package:yaml"}


def test_a_module_of_the_users_own_hides_an_installed_one():
    assert module_parts(["msgspec"], OWN, ["msgspec"], {"msgspec": ModuleRecord(digest="1")}) == {"module:msgspec": "1"}


def test_modules_on_the_path_outside_packages_count_by_content(tmp_path):
    (tmp_path / "loose.py").write_text("x = 1\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "__init__.py").write_text("x = 1\n")
    elsewhere = KernelEnvironment("3.11", (str(tmp_path),), own=False)
    before = module_parts(["loose", "folder"], elsewhere, [], {})
    assert set(before) == {"package:loose", "package:folder"}
    (tmp_path / "loose.py").write_text("x = 2\n")
    (tmp_path / "folder" / "__init__.py").write_text("x = 2\n")
    forget_versions()
    after = module_parts(["loose", "folder"], elsewhere, [], {})
    assert all(before[name] != after[name] for name in before)


def install(folder: Path, name: str, version: str, *, top_level: str | None = None, record: str | None = None) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    if top_level is not None:
        (info / "top_level.txt").write_text(top_level)
    if record is not None:
        (info / "RECORD").write_text(record)


def test_packages_of_another_environment(tmp_path):
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    install(site, "scikit_learn", "1.5.0", record="sklearn/__init__.py,,\n")
    install(site, "odd", "2.0", record="oddly_named.py,,\n")
    install(site, "binary", "3.0", record="fast.cpython-312-x86_64-linux-gnu.so,,\n")
    install(site, "old", "4.0", top_level="ancient\n")
    elsewhere = KernelEnvironment("3.12", (str(site),), own=False)
    assert module_parts(["sklearn", "oddly_named", "fast", "ancient", "numpy"], elsewhere, [], {}) == {
        "package:sklearn": "1.5.0",
        "package:oddly_named": "2.0",
        "package:fast": "3.0",
        "package:ancient": "4.0",
        "package:numpy": "not found",
    }


def write_kernel(folder: Path, name: str, argv: list[str]) -> None:
    kernel = folder / "kernels" / name
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))


def test_environment_of_a_kernel_of_another_interpreter(tmp_path, monkeypatch):
    prefix = tmp_path / "env"
    (prefix / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    write_kernel(tmp_path / "data", "other", [str(prefix / "bin" / "python"), "-m", "ipykernel_launcher"])
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    found = kernel_environment("other")
    assert (found.python_version, found.own) == ("3.12", False)
    assert found.search_path == (str(prefix / "lib" / "python3.12" / "site-packages"),)


@pytest.mark.parametrize("command", [[sys.executable], ["python3"], []])
def test_kernels_of_our_own_environment(tmp_path, monkeypatch, command):
    write_kernel(tmp_path / "data", "mine", command)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    assert kernel_environment("mine").own
    assert find_kernelspec("MINE") == tmp_path / "data" / "kernels" / "mine"


def test_the_kernel_that_ipykernel_brings_needs_no_folder(tmp_path, monkeypatch):
    importlib.import_module("jupyter_client.kernelspec")  # or it would keep what is patched here
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: [str(tmp_path)])
    assert kernels.kernel_environment("python3").own


def test_unknown_kernel_names_those_that_exist(tmp_path, monkeypatch):
    write_kernel(tmp_path / "data", "mine", [sys.executable])
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    with pytest.raises(KfpError, match="KFP501") as caught:
        kernel_environment("nobody")
    assert "mine" in caught.value.details["kernels"]
    assert "mine" in (caught.value.hint or "")


def test_a_broken_kernel_file_is_named(tmp_path, monkeypatch):
    write_kernel(tmp_path / "data", "mine", [])
    path = tmp_path / "data" / "kernels" / "mine" / "kernel.json"
    path.write_text("{")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    with pytest.raises(KfpError, match="KFP502") as caught:
        kernel_environment("mine")
    assert str(path) in caught.value.message
