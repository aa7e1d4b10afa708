"""What unseen code does to the process is told; what libraries do for themselves is not."""

from __future__ import annotations

import decimal
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jupyter_kfp.worker import repeated_settings
from jupyter_kfp.worker.state_watch import StateWatch


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(os, "environ", os.environ.copy())
    limit, level = sys.getrecursionlimit(), logging.root.level
    with decimal.localcontext(), np.errstate(), np.printoptions(), pd.option_context("display.max_rows", 60):
        yield
    sys.setrecursionlimit(limit)
    logging.root.setLevel(level)


def messages(watch: StateWatch) -> list[str]:
    return [one.message for one in watch.warnings("train")]


def test_nothing_changed() -> None:
    watch = StateWatch([])
    decimal.Decimal(1) / 3  # sets a flag of the context
    pd.DataFrame({"a": [1.5]}).to_string()
    assert not messages(watch)


def test_each_slot_is_told_with_what_changed() -> None:
    watch = StateWatch([])
    os.environ["KFP_TEST_SET"] = "1"
    sys.path.append("elsewhere")
    decimal.getcontext().prec = 9
    logging.root.setLevel(logging.DEBUG)
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    np.set_printoptions(precision=3)
    np.seterr(divide="raise")
    pd.set_option("display.max_rows", 7)
    Path("inner").mkdir()
    os.chdir("inner")
    told = messages(watch)
    assert len(told) == 9
    for part in ("(KFP_TEST_SET)", "(elsewhere)", "(prec)", "root logger", "(precision)", "(divide)", "max_rows"):
        assert any(part in text for text in told), part
    assert all(one.code == "KFP335" and one.hint for one in watch.warnings("train"))


def test_what_the_compiler_foresees_is_not_told() -> None:
    watch = StateWatch(["environ", "pandas_options"])
    os.environ["KFP_TEST_SET"] = "1"
    pd.set_option("display.max_rows", 7)
    assert not messages(watch)


@pytest.mark.parametrize("name", ["KMP_INIT_AT_FORK", "TF_CPP_MIN_LOG_LEVEL", "OMP_NUM_THREADS", "HF_HOME", "PATH"])
def test_variables_that_libraries_set_for_themselves_are_not_told(name: str) -> None:
    watch = StateWatch([])
    os.environ[name] = "changed"
    assert not messages(watch)


def test_a_library_that_is_loaded_by_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numpy")
    watch = StateWatch([])
    monkeypatch.setitem(sys.modules, "numpy", np)
    repeated_settings._waiting.imported("numpy")
    assert not messages(watch)
    np.seterr(divide="raise")
    assert ["error handling of numpy (divide)" in one for one in messages(watch)] == [True]
