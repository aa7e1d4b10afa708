from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.notebook_reader import read_notebook

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def notebook(*cells: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **fields}


def code(source: Any = "x = 1", **fields: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **fields}


def encoded(data: Any) -> bytes:
    return json.dumps(data).encode()


def refusal(source: Any) -> KfpError:
    with pytest.raises(KfpError) as caught:
        read_notebook(source)
    return caught.value


def test_a_file_gives_cells_with_number_id_source_tags_and_options(tmp_path: Path) -> None:
    cell = code(["x = 1\n", "y = 2"], id="abc", metadata={"tags": ["step:a", "other"], "kfp": {"cpu": 2}, "k": 1})
    path = tmp_path / "My notebook.ipynb"
    path.write_bytes(encoded(notebook({"cell_type": "markdown", "source": "# T", "metadata": {}}, cell)))
    read = read_notebook(path)
    assert read.name == "My notebook"
    assert [(cell.number, cell.id, cell.cell_type) for cell in read.cells] == [
        (1, "cell-1", "markdown"),
        (2, "abc", "code"),
    ]
    assert read.cells[1].source == "x = 1\ny = 2"
    assert read.cells[1].tags == ("step:a", "other")
    assert read.cells[1].kfp == {"cpu": 2}
    assert read.cells[1].metadata["k"] == 1


@pytest.mark.parametrize(
    ("metadata", "kernel", "language"),
    [
        ({}, "python3", "python"),
        ({"kernelspec": {"name": "ir", "language": "R"}}, "ir", "r"),
        ({"language_info": {"name": "julia"}}, "python3", "julia"),
        ({"kernelspec": {"name": "venv", "display_name": "V"}, "language_info": {"name": "python"}}, "venv", "python"),
    ],
)
def test_kernel_and_language(metadata: dict[str, Any], kernel: str, language: str) -> None:
    read = read_notebook(notebook(code(), metadata=metadata))
    assert (read.kernel, read.language) == (kernel, language)


def test_any_minor_format_is_read() -> None:
    for minor in (0, 2, 5, 99):
        assert len(read_notebook(encoded(notebook(code(), nbformat_minor=minor))).cells) == 1
    assert len(read_notebook(encoded({"nbformat": 4, "cells": [code()]})).cells) == 1


def test_a_notebook_node_of_nbformat_is_a_mapping() -> None:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    assert read_notebook(node, name="n").cells[0].source == "x = 1"


def test_byte_order_mark_and_duplicate_ids_are_tolerated() -> None:
    read = read_notebook(b"\xef\xbb\xbf" + encoded(notebook(code(id="a"), code(id="a"))))
    assert [cell.number for cell in read.cells] == [1, 2]


def test_nan_in_outputs_as_python_writes_it_is_read() -> None:
    output = {"output_type": "display_data", "data": {"application/json": [float("nan"), float("inf")]}}
    assert read_notebook(encoded(notebook(code(outputs=[output])))).cells[0].source == "x = 1"


def test_fifty_megabytes_of_outputs_leave_no_trace() -> None:
    outputs = [{"output_type": "display_data", "data": {"image/png": "A" * 1_000_000}}] * 50
    read = read_notebook(encoded(notebook(code(outputs=outputs))))
    assert "outputs" not in read.cells[0].metadata
    assert read.cells[0].source == "x = 1"


@pytest.mark.parametrize(
    ("source", "code_", "words"),
    [
        ({"nbformat": 3, "worksheets": [{"cells": []}]}, "KFP111", ["nbformat 3"]),
        ({"nbformat": 2, "worksheets": []}, "KFP111", ["nbformat 2"]),
        ({"nbformat": 5, "cells": {}}, "KFP112", ["nbformat 5"]),
        (b"", "KFP112", ["empty"]),
        (b"  \n", "KFP112", ["empty"]),
        (b"print('hello')\n", "KFP112", ["is no notebook", "does not begin with {"]),
        (b'{"cells": [}', "KFP112", ["not JSON", "line 1, column 12"]),
        (b'{"nbformat": 4,\n "cells": [', "KFP112", ["cut off", "line 2"]),
        (b'{"nbformat": 4,\n "cells": [{"cell_type": "co', "KFP112", ["cut off", "line 2"]),
        (b'{"nbformat": 4, "cells": [\n<<<<<<< HEAD\n]}', "KFP112", ["merge conflict"]),
        (
            b'{"nbformat": 4,\n"cells": [{"cell_type": "code", "source": "\xff"}]}',
            "KFP112",
            ["not UTF-8", "0xff", "line 2"],
        ),
        ('{"nbformat": 4, "cells": []}'.encode("utf-16"), "KFP112", ["UTF-16"]),
        (b"[]", "KFP112", ["object"]),
        (b"null", "KFP112", ["object"]),
        (b'{"cells": []}', "KFP112", ["nbformat"]),
        (b'{"nbformat": 4}', "KFP112", ["cells"]),
        (b'{"nbformat": "4", "cells": []}', "KFP112", ["nbformat", "number"]),
        (notebook(code(), code(source=5)), "KFP112", ["cell 2", "source"]),
        (notebook(code(source=["a", 3])), "KFP112", ["cell 1", "source[1]"]),
        (notebook({"source": "x"}), "KFP112", ["cell 1", "cell_type"]),
        (notebook(code(), {"cell_type": "heading", "source": "x"}), "KFP112", ["cell 2", "cell_type", "heading"]),
        (notebook(code(metadata=[])), "KFP112", ["cell 1", "metadata"]),
        (notebook(code(metadata={"tags": "step:a"})), "KFP112", ["cell 1", "metadata.tags"]),
        (notebook(code(metadata={"tags": ["a", 1]})), "KFP112", ["cell 1", "metadata.tags"]),
        (notebook(code(metadata={"kfp": ["a"]})), "KFP112", ["cell 1", "metadata.kfp"]),
        (notebook(metadata={"kfp": 3}), "KFP112", ["metadata.kfp"]),
        (notebook(code("x = 1\ns = '\ud800'")), "KFP112", ["cell 1", "line 2", "U+D800"]),
        (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "KFP112", []),
        (b'{"nbformat": 4, "cells": [], "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "KFP112", ["nested"]),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_place(source: Any, code_: str, words: list[str]) -> None:
    error = refusal(source)
    assert error.code == code_
    for word in words:
        assert word in error.message
    assert "\n" not in error.message


def test_an_old_notebook_says_how_to_convert_it(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text('{"nbformat": 3, "worksheets": [{"cells": []}]}')
    assert "jupyter nbconvert --to notebook --nbformat 4" in (refusal(path).hint or "")


def test_missing_file_suggests_a_neighbour(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text("{}")
    error = refusal(tmp_path / "trian.ipynb")
    assert error.code == "KFP113"
    assert "train.ipynb" in (error.hint or "")


def test_folder_and_impossible_paths(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "KFP113"
    assert "folder" in refusal(tmp_path).message
    assert refusal(Path("a\0b")).code == "KFP113"
    assert refusal(tmp_path / ("x" * 300)).code == "KFP113"


def test_details_carry_file_and_cell(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_bytes(encoded(notebook(code(), code(source=5))))
    assert refusal(path).details == {"file": str(path), "cell": 2}


@UNHURRIED
@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["nbformat", "cells", "metadata", "cell_type", "source", "kfp", "tags"]), inner),
    max_leaves=20,
).map(encoded))  # fmt: skip
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        read_notebook(data)
    except KfpError as error:
        refused = error.code
    else:
        refused = "KFP112"
    assert refused in {"KFP111", "KFP112"}


@UNHURRIED
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5), st.booleans())
def test_sources_come_back_unchanged(sources: list[str], as_lines: bool) -> None:
    cells = [code(source.splitlines(keepends=True) if as_lines else source) for source in sources]
    assert [cell.source for cell in read_notebook(encoded(notebook(*cells))).cells] == sources
