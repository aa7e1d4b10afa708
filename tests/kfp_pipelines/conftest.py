"""Lets the modules of this folder find one another, and starts what takes minutes before all other tests."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from sdk_pipelines import DATA, arguments

_LONG_MODULE = "test_long_pipelines.py"


@dataclass
class LongRuns:
    """Runs that go on beside the tests."""

    kfp: Any
    ids: dict[str, str] = field(default_factory=dict)


_KEY = pytest.StashKey[LongRuns]()


def _is_long(item: pytest.Item) -> bool:
    return item.path.name == _LONG_MODULE


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at the long runs last."""
    items.sort(key=_is_long)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the long runs, if anybody will look at them."""
    names = [item.callspec.params["name"] for item in session.items if _is_long(item)]
    if not names or session.config.option.collectonly or not DATA.is_dir():
        return
    kfp_class = next(plugin.Kfp for plugin in session.config.pluginmanager.get_plugins() if hasattr(plugin, "Kfp"))
    folder = Path(tempfile.mkdtemp(prefix="kfp-long-"))
    runs = session.config.stash[_KEY] = LongRuns(kfp_class(folder, folder / "home"))
    for name in names:
        (folder / name).mkdir()
        options = arguments(name, folder / name)
        runs.ids[name] = runs.kfp.json("run", DATA / name, *options, "--detach")["run_id"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind."""
    runs = session.config.stash.get(_KEY, None)
    if runs is not None:
        for run_id in runs.ids.values():
            runs.kfp("cancel", run_id)
            runs.kfp("attach", run_id)
        shutil.rmtree(runs.kfp.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def long_runs(request: pytest.FixtureRequest) -> LongRuns:
    """The runs that were started before all tests."""
    return request.config.stash[_KEY]
