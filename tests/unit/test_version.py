"""The version stands in one file; what must repeat it agrees."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import jupyter_kfp

ROOT = Path(__file__).parents[2]


def test_version_is_the_same_everywhere() -> None:
    assert version("jupyter-kfp") == jupyter_kfp.__version__
    assert json.loads((ROOT / "package.json").read_text())["version"] == jupyter_kfp.__version__


def test_changelog_has_the_version() -> None:
    assert re.search(rf"^## {re.escape(jupyter_kfp.__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
