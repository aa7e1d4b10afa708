"""Installations that go elsewhere, or that later steps do not wait for."""

from __future__ import annotations

import pytest

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.rule_examples import read_example
from jupyter_kfp.notebook.diagnostic import Diagnostic
from jupyter_kfp.notebook.edits import SourceEdit


def found(text: str) -> list[Diagnostic]:
    result = compile_notebook(read_example(text).files["train.ipynb"].encode())
    return [one for one in result.diagnostics if one.code == "KFP143"]


@pytest.mark.parametrize(
    ("line", "installer"),
    [
        ("!pip install a", "%pip"),
        ("!pip3 install -q a", "%pip"),
        ("! python -m pip install a", "%pip"),
        ("!/usr/bin/python3 -m pip install a", "%pip"),
        ("!conda install a", "%conda"),
        ("!uv pip install a", "%uv pip"),
    ],
)
def test_a_shell_that_installs(line: str, installer: str) -> None:
    (one,) = found(f'# %% tags=["step:a"]\nx = 1\n{line}')
    (edit,) = one.edits
    assert isinstance(edit, SourceEdit)
    assert (one.line, edit.line, edit.text) == (2, 2, installer)
    assert (
        line[: edit.column - 1] + edit.text + line[edit.end_column - 1 :] == f"{installer} {line[line.index('inst') :]}"
    )


@pytest.mark.parametrize(
    "source",
    ["!pip list", "out = !pip install a", "print('!pip install a')", "!echo pip install", "%%bash\npip install a"],
)
def test_other_commands_are_left_alone(source: str) -> None:
    assert found(f'# %% tags=["step:a"]\n{source}') == []


def test_steps_that_do_not_wait_for_the_installation() -> None:
    text = '# %% tags=["step:a"]\n%pip install x\nn = 1\n# %% tags=["step:b"]\n{}\n# %% tags=["step:c"]\nprint(m)'
    assert found(text.format("m = n")) == []
    (one,) = found(text.format("m = 2"))
    assert "“b” may start before “a”" in one.message
    assert not one.edits


def test_steps_that_wait_by_way_of_a_step_below_them() -> None:
    text = (
        '# %% tags=["step:a"]\n%pip install x\nn = 1\n# %% tags=["step:b", "after:c"]\nk = 2\n'
        '# %% tags=["step:c"]\nprint(n)'
    )
    assert found(text) == []


def test_setup_is_run_before_each_step() -> None:
    assert found('# %% tags=["setup"]\n%pip install x\n# %% tags=["step:b"]\nm = 1\n# %% tags=["step:c"]\nn = 1') == []
