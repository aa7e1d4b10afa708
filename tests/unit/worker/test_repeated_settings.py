"""Settings are made again at once, or when their module is imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_kfp.worker.repeated_settings import repeat, when_imported


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "kfp_settable").mkdir()
    (tmp_path / "kfp_settable" / "__init__.py").write_text("level = 1\nSEEN = __spec__.loader\n")
    (tmp_path / "kfp_settable" / "inner.py").write_text("from kfp_settable import level\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "kfp_settable"
    for name in ("kfp_settable", "kfp_settable.inner"):
        sys.modules.pop(name, None)


def test_a_setting_waits_for_its_module(module: str) -> None:
    finders = list(sys.meta_path)
    repeat(f"import {module} as m\nm.level = 2", module)
    repeat(f"import {module} as m\nm.level *= 10", module)
    assert module not in sys.modules
    inner = importlib.import_module(f"{module}.inner")
    assert inner.level == 20
    assert sys.meta_path == finders


def test_a_module_keeps_its_own_loader(module: str) -> None:
    when_imported(module, lambda: None)
    loaded = importlib.import_module(module)
    assert type(loaded.__loader__).__name__ == type(loaded.SEEN).__name__ == "SourceFileLoader"
    assert loaded.__spec__.loader is loaded.__loader__


def test_a_loaded_module_is_set_at_once(module: str) -> None:
    loaded = importlib.import_module(module)
    repeat(f"import {module} as m\nm.level = 5", module)
    assert loaded.level == 5


def test_a_module_that_does_not_exist_still_does_not() -> None:
    calls: list[str] = []
    when_imported("kfp_no_such_module", lambda: calls.append("imported"))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("kfp_no_such_module")
    assert not calls


def test_a_setting_without_a_module_is_made_at_once() -> None:
    repeat("import sys\nsys.kfp_test_setting = 3")
    try:
        assert sys.kfp_test_setting == 3  # type: ignore[attr-defined]
    finally:
        del sys.kfp_test_setting  # type: ignore[attr-defined]
