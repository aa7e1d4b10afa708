"""Every message that users read is the one in ``diagnostics/``; `python tests/golden/update.py` writes them anew."""

from pathlib import Path

import pytest
from rule_snapshots import FOLDER, snapshots

EXPECTED = snapshots()


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_users_read_what_was_agreed(path: Path) -> None:
    assert path.exists(), "run python tests/golden/update.py, and read what it writes"
    assert EXPECTED[path] == path.read_text("utf-8")


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_a_snapshot_is_about_the_code_that_it_is_named_after(path: Path) -> None:
    assert path.stem[:6] in EXPECTED[path]


def test_no_snapshot_is_left_over() -> None:
    assert sorted(FOLDER.glob("*")) == sorted(EXPECTED)
