"""A notebook's file is replaced only if nobody else saved it meanwhile."""

from pathlib import Path

import pytest

from jupyter_kfp.cli.notebook_file import read_notebook_file, replace_notebook_file
from jupyter_kfp.errors import KfpError


def test_a_file_that_was_saved_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_bytes(b"saved by Jupyter")
    with pytest.raises(KfpError) as raised:
        replace_notebook_file(path, b"before", b"after")
    assert raised.value.code == "KFP270"
    assert read_notebook_file(path) == b"saved by Jupyter"
    assert [each.name for each in tmp_path.iterdir()] == ["nb.ipynb"]


def test_else_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_bytes(b"before")
    replace_notebook_file(path, b"before", b"after")
    assert path.read_bytes() == b"after"
    assert [each.name for each in tmp_path.iterdir()] == ["nb.ipynb"]
