"""Edits do what they say to the notebook, and leave every other byte of its file alone."""

from __future__ import annotations

import copy
import difflib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.edits import OptionEdit, SourceEdit, TagEdit
from jupyter_kfp.notebook.notebook_edits import apply_edits, same_place

SOURCE = "import numpy\né = '😀\\n'\nprint(é)"
LAYOUTS: dict[str, dict[str, Any]] = {
    "jupyter": {"indent": 1, "ensure_ascii": False},
    "escaped": {"indent": 1},
    "wide": {"indent": 4, "ensure_ascii": False},
    "tabs": {"indent": "\t"},
    "one line": {},
    "dense": {"separators": (",", ":")},
}


def notebook(*, as_list: bool = True) -> dict[str, Any]:
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": "one",
                "metadata": {},
                "outputs": [{"data": {"text/plain": ["1e400", '"cells": [']}, "weight": 1.50}],
                "source": SOURCE.splitlines(keepends=True) if as_list else SOURCE,
            },
            {
                "cell_type": "code",
                "id": "two",
                "metadata": {"zeta": {"tags": []}, "kfp": {"memroy": "4Gi", "env": {"A": "1"}}, "tags": ["a", "b"]},
                "source": [],
            },
        ],
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def source_edit(line: int, column: int, end_line: int, end_column: int, text: str) -> SourceEdit:
    return SourceEdit(
        cell=1, cell_id="one", line=line, column=column, end_line=end_line, end_column=end_column, text=text
    )


def source_of(data: bytes) -> str:
    source = json.loads(data)["cells"][0]["source"]
    return source if isinstance(source, str) else "".join(source)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (source_edit(2, 1, 2, 2, "ü"), "import numpy\nü = '😀\\n'\nprint(é)"),
        (source_edit(2, 6, 2, 7, "x"), "import numpy\né = 'x\\n'\nprint(é)"),
        (source_edit(1, 1, 2, 1, ""), "é = '😀\\n'\nprint(é)"),
        (source_edit(3, 1, 3, 1, "one\ntwo\n"), "import numpy\né = '😀\\n'\none\ntwo\nprint(é)"),
        (source_edit(1, 13, 3, 1, "\n"), "import numpy\nprint(é)"),
        (source_edit(3, 9, 3, 9, "\n# end"), SOURCE + "\n# end"),
        (source_edit(2, 8, 3, 9, ""), "import numpy\né = '😀\\"),
        (source_edit(1, 1, 3, 9, ""), ""),
    ],
)
def test_parts_of_a_source(layout: dict[str, Any], as_list: bool, edit: SourceEdit, expected: str) -> None:
    data = json.dumps(notebook(as_list=as_list), **layout).encode()
    after = apply_edits(data, [edit])
    assert source_of(after) == expected
    wanted = json.loads(data)
    wanted["cells"][0]["source"] = json.loads(after)["cells"][0]["source"]
    assert json.loads(after) == wanted


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_tags_and_options(layout: dict[str, Any]) -> None:
    data = json.dumps(notebook(), **layout).encode()
    after = apply_edits(
        data,
        [
            TagEdit(cell=1, cell_id="one", new="step:é"),
            TagEdit(cell=2, cell_id="two", old="a", new="c"),
            TagEdit(cell=2, cell_id="two", old="b"),
            TagEdit(cell=2, cell_id="two", new="d"),
            OptionEdit(cell=2, cell_id="two", path=("memroy",), name="memory"),
            OptionEdit(cell=2, cell_id="two", path=("mutates",), value=["x", "y"]),
            OptionEdit(cell=2, cell_id="two", path=("env", "A")),
            OptionEdit(path=("defaults", "cpu"), value=2),
        ],
    )
    wanted = notebook()
    wanted["cells"][0]["metadata"]["tags"] = ["step:é"]
    wanted["cells"][1]["metadata"]["tags"] = ["c", "d"]
    wanted["cells"][1]["metadata"]["kfp"] = {"memory": "4Gi", "env": {}, "mutates": ["x", "y"]}
    wanted["metadata"]["kfp"] = {"defaults": {"cpu": 2}}
    assert json.loads(after) == wanted


def test_the_diff_is_what_a_person_would_have_written() -> None:
    data = (json.dumps(notebook(), indent=1, ensure_ascii=False) + "\n").encode()
    after = apply_edits(
        data,
        [
            TagEdit(cell=1, cell_id="one", new="setup"),
            OptionEdit(cell=2, cell_id="two", path=("memroy",), name="memory"),
            source_edit(3, 1, 3, 6, "show"),
        ],
    )
    lines = [text.decode().splitlines(keepends=True) for text in (data, after)]
    changed = [line for line in difflib.unified_diff(*lines, n=0) if line[:2] not in {"--", "++", "@@"}]
    assert changed == [
        '-   "metadata": {},\n',
        '+   "metadata": {\n',
        '+    "tags": [\n',
        '+     "setup"\n',
        "+    ]\n",
        "+   },\n",
        '-    "print(é)"\n',
        '+    "show(é)"\n',
        '-     "memroy": "4Gi",\n',
        '+     "memory": "4Gi",\n',
    ]


def test_odd_files_stay_odd() -> None:
    text = (
        '\ufeff{ "nbformat" : 4,\r\n\t"cells":[ {"cell_type":"code" ,"metadata":{"tags":["a"  , "b"],"tags":["x"]},'
        '\r\n"source":["\\u0061=1\\/2"]} ] , "metadata":{}, "big": 1E5, "nan": NaN }\r\n\r\n'
    )
    edits = [
        TagEdit(cell=1, cell_id="", old="x", new="y"),
        SourceEdit(cell=1, cell_id="", line=1, column=5, end_line=1, end_column=6, text="3"),
    ]
    wanted = text.replace('"x"', '"y"').replace("1\\/2", "1\\/3")
    assert apply_edits(text.encode(), edits).decode() == wanted


def test_what_is_done_already_changes_nothing() -> None:
    data = json.dumps(notebook(), indent=1).encode()
    edits = [
        TagEdit(cell=2, cell_id="two", new="a"),
        TagEdit(cell=2, cell_id="two", old="gone"),
        OptionEdit(cell=2, cell_id="two", path=("gone",)),
        OptionEdit(cell=1, cell_id="one", path=("memroy",), name="memory"),
    ]
    assert apply_edits(data, edits) == data
    assert apply_edits(data, []) is data


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (TagEdit(cell=3, cell_id="", new="a"), "no such cell"),
        (TagEdit(cell=1, cell_id="two", new="a"), "its id is one"),
        (source_edit(9, 1, 9, 2, ""), "no line 9"),
        (source_edit(1, 1, 1, 40, ""), "no column 40"),
    ],
)
def test_edits_of_another_notebook_are_refused(edit: Any, words: str) -> None:
    with pytest.raises(KfpError, match=words) as raised:
        apply_edits(json.dumps(notebook()).encode(), [edit])
    assert raised.value.code == "KFP270"


def test_edits_that_overlap_are_refused() -> None:
    edits = [source_edit(1, 1, 1, 7, "a"), source_edit(1, 4, 1, 9, "b")]
    with pytest.raises(KfpError, match="overlap"):
        apply_edits(json.dumps(notebook()).encode(), edits)


def test_what_gets_in_the_way_of_what() -> None:
    first = source_edit(1, 1, 1, 4, "a")
    assert same_place([first], [source_edit(1, 3, 1, 9, "b")])
    assert not same_place([first], [source_edit(1, 6, 1, 9, "b")])
    assert not same_place([first], [TagEdit(cell=1, cell_id="one", new="a")])
    assert not same_place([TagEdit(cell=1, cell_id="", new="a")], [TagEdit(cell=2, cell_id="", new="b")])
    assert not same_place([TagEdit(cell=1, cell_id="", new="a")], [TagEdit(cell=1, cell_id="", new="a")])
    assert same_place([OptionEdit(cell=1, path=("a",), value=1)], [OptionEdit(cell=1, path=("a", "b"), value=1)])
    assert not same_place([OptionEdit(cell=1, path=("a",), value=1)], [OptionEdit(cell=1, path=("b",), value=1)])


texts = st.text(st.sampled_from('ab \n\t"\\é😀\u2028\x7f'), max_size=12)


@given(
    texts,
    texts,
    st.data(),
    st.sampled_from([{"indent": 1, "ensure_ascii": False}, {"indent": 2}, {}]),
    st.booleans(),
)
def test_any_part_of_any_source(source: str, text: str, data: st.DataObject, layout: Any, as_list: bool) -> None:
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    document = notebook()
    document["cells"][0]["source"] = source.splitlines(keepends=True) if as_list else source
    places = []
    for offset in (start, end):
        above = source[:offset].split("\n")
        places += [len(above), len(above[-1]) + 1]
    written = json.dumps(document, **layout).encode()
    after = apply_edits(written, [source_edit(*places, text)])
    assert source_of(after) == source[:start] + text + source[end:]
    wanted = copy.deepcopy(document)
    wanted["cells"][0]["source"] = json.loads(after)["cells"][0]["source"]
    assert json.dumps(json.loads(after)) == json.dumps(wanted)
