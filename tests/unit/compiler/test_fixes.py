"""Findings are mended in an order in which none is mended by mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.fixes import described, fix_notebook, promised
from jupyter_kfp.compiler.rule_examples import check_example, read_example
from jupyter_kfp.compiler.rules import all_rules
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity


def fixed(text: str) -> tuple[list[dict[str, Any]], list[Diagnostic], list[Diagnostic]]:
    """Cells after the fix, what was mended, what remains."""
    data = read_example(text).files["train.ipynb"].encode()
    after, mended, found = fix_notebook(data, lambda one: compile_notebook(one).diagnostics)
    return json.loads(after)["cells"], mended, found


def test_options_stay_where_they_are_if_only_the_tag_was_misspelt() -> None:
    cells, mended, found = fixed(
        '# %% tags=["step:load"]\nrows = [1]\n# %% tags=["stpe:end"] kfp={"memroy": "4GB"}\nprint(rows)'
    )
    assert cells[1]["metadata"] == {"tags": ["step:end"], "kfp": {"memory": "4Gi"}}
    assert {one.code for one in mended} == {"KFP101", "KFP109", "KFP110"}
    assert not found


def test_nothing_that_depends_on_steps_is_mended_while_they_are_uncertain() -> None:
    cells, mended, found = fixed(
        '# %% tags=["step:load", "step:train"] kfp={"memroy": "4Gi"}\nrows = [1]\n# %% kfp={"cpu": 2}\nprint(rows)'
    )
    assert cells[0]["metadata"]["kfp"] == {"memory": "4Gi"}, "the typing error is one in any step"
    assert cells[1]["metadata"] == {"kfp": {"cpu": 2}}
    assert {one.code for one in mended} == {"KFP109"}
    assert {one.code for one in found} == {"KFP104", "KFP115"}


def test_several_tags_of_a_text_cell_move_together() -> None:
    cells, _, found = fixed(
        '# %% tags=["step:a"]\nx = 1\n# %% [markdown] tags=["step:b", "after:a", "mine"]\n# B\n# %%\nprint(2)'
    )
    assert cells[1]["metadata"]["tags"] == ["mine"]
    assert cells[2]["metadata"]["tags"] == ["step:b", "after:a"]
    assert not found


def test_steps_are_renamed_wherever_they_are_named() -> None:
    cells, _, found = fixed(
        '# %% tags=["step:Train model"]\nx = 1\n'
        '# %%\n%%kfp step "train-model" --cpu 2 --after prep\ny = 2\n'
        '# %% tags=["step:report", "after:train-model"]\nprint(1)\n'
        "# %%\n%%kfp step end --after=train-model --after 'train-model'\nprint(2)\n"
        '# %% tags=["step:prep"]\nz = 1'
    )
    assert "".join(cells[1]["source"]).startswith('%%kfp step "Train model" --cpu 2')
    assert cells[2]["metadata"]["tags"] == ["step:report", "after:Train model"]
    assert "".join(cells[3]["source"]).startswith('%%kfp step end --after "Train model" --after "Train model"')
    assert {one.code for one in found} == {"KFP115"}, "the options of the second half are a matter of their own"


def test_steps_that_wait_for_themselves_do_no_more() -> None:
    cells, _, found = fixed("# %%\n%%kfp step a --after a --cpu 2\nprint(1)")
    assert "".join(cells[0]["source"]) == "%%kfp step a  --cpu 2\nprint(1)"
    assert not found


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("%kfp step train", "%%kfp step train"),
        ("%%kfp stpe train", "%%kfp step train"),
        ("%%kfp step train --no-cache=yes", "%%kfp step train --no-cache"),
        ("%%kfp step train --memroy=4Gi", "%%kfp step train --memory=4Gi"),
        ("  %%kfp step Train model --cpu 2", '  %%kfp step "Train model" --cpu 2'),
    ],
)
def test_the_line_of_a_magic(line: str, mended: str) -> None:
    cells, _, found = fixed(f"# %%\n{line}\nprint(1)")
    assert "".join(cells[0]["source"]) == f"{mended}\nprint(1)"
    assert not found


def test_different_options_are_left_to_the_user_and_equal_ones_are_said_once() -> None:
    assert fixed('# %% kfp={"cpu": 4}\n%%kfp step a --cpu 2\nprint(1)')[1] == []
    assert fixed('# %% kfp={"cpu": 2}\n%%kfp step a --cpu 2\nprint(1)')[0][0]["metadata"] == {"kfp": {}}


def test_an_option_is_not_renamed_to_one_that_is_there() -> None:
    assert fixed('# %% tags=["step:a"] kfp={"memory": "4Gi", "memroy": "2Gi"}\nprint(1)')[1] == []


def test_no_order_is_asked_for_that_closes_a_cycle() -> None:
    cells, _, found = fixed(
        '# %% tags=["step:a"]\nx = 1\n# %% tags=["step:b"]\nprint(open("f.txt").read())\n'
        '# %% tags=["step:a"]\nopen("f.txt", "w").write("1")'
    )
    assert all("after" not in tag for cell in cells for tag in cell["metadata"].get("tags", []))
    assert "KFP133" not in {one.code for one in found}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_fix_of_a_page_leaves_nothing_of_what_it_mends(rule: Any, tmp_path: Path) -> None:
    example = read_example(rule.wrong)
    found = check_example(example, tmp_path).diagnostics
    mendable = [one for one in found if one.edits]
    if not mendable:
        return

    def check(data: bytes) -> list[Diagnostic]:
        (tmp_path / "train.ipynb").write_bytes(data)
        return compile_notebook(tmp_path / "train.ipynb", options=example.options).diagnostics

    before = example.files["train.ipynb"].encode()
    after, mended, left = fix_notebook(before, check)
    assert after != before
    assert not [one for one in left if one.edits], "a second call finds nothing to do"
    assert fix_notebook(after, check)[0] == after
    assert all(described(one) for one in mended)
    errors = [one.code for one in found if one.severity is Severity.ERROR]
    assert len([one for one in left if one.severity is Severity.ERROR]) <= len(errors)


@pytest.mark.parametrize("tags", ['["step:a", "step:b"]', '["skip", "step:y"]'])
def test_what_does_not_depend_on_the_step_of_a_cell_is_mended_anyway(tags: str) -> None:
    uncertain = f"# %% tags={tags}\nprint(1)"
    cells, mended, found = fixed(
        f'# %% tags=["step:load"]\nx = 1\n# %% tags=["step:t", "after:lod"]\n!pip install six\n{uncertain}'
    )
    assert cells[1]["metadata"]["tags"] == ["step:t", "after:load"]
    assert "".join(cells[1]["source"]) == "%pip install six"
    assert {one.code for one in mended} == {"KFP106", "KFP143"}
    assert {one.code for one in found if one.severity is Severity.ERROR} == {"KFP104"}


def test_nothing_is_promised_that_has_to_wait() -> None:
    """The step without a name may be the one that the other waits for."""
    text = '# %% tags=["step:load"]\nx = 1\n# %% tags=["step:t", "after:lod"]\n!pip install six\n# %% tags=["step:"]\n2'
    cells, mended, found = fixed(text)
    assert cells[1]["metadata"]["tags"] == ["step:t", "after:lod"]
    assert {one.code for one in mended} == {"KFP143"}
    assert {one.code for one in found if one.edits} == {"KFP106"}
    assert not [one for one in promised(found) if one.edits]
