"""Parameters from the command line and from files."""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.cli.parameters import given_parameters, read_parameters_file
from jupyter_kfp.errors import KfpError

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_assignments_stay_text_and_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("a: 1\nb: [1, 2]\n")
    assert given_parameters(["a=2", "c=x=y", "d="], str(file)) == {"a": "2", "b": [1, 2], "c": "x=y", "d": ""}


def test_the_last_of_two_assignments_wins() -> None:
    assert given_parameters(["a=1", "a=2"], None) == {"a": "2"}


@pytest.mark.parametrize("assignment", ["a", "=1", " =1", ""])
def test_what_is_no_assignment_is_explained(assignment: str) -> None:
    with pytest.raises(KfpError) as caught:
        given_parameters([assignment], None)
    assert caught.value.code == "KFP253"
    assert "=VALUE" in (caught.value.hint or "")


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4))
def test_json_files_give_their_values(values: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "p.json")
        file.write_text(json.dumps(values), encoding="utf-8")
        assert read_parameters_file(file) == values


def test_dates_in_yaml_stay_text_and_anchors_work(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("day: 2024-01-31\nbase: &base {x: 1}\nmore: {<<: *base, y: 2}\n")
    assert read_parameters_file(file) == {"day": "2024-01-31", "base": {"x": 1}, "more": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("p.json", b'{"a": 1, "a": 2}', "KFP257", "'a' twice"),
        ("p.yaml", b"a: 1\na: 2\n", "KFP257", "'a' twice (line 2)"),
        ("p.yaml", b"x: {b: 1, b: 2}\n", "KFP257", "'b' twice"),
        ("p.json", b"[1, 2]", "KFP256", "holds a list"),
        ("p.json", b"3", "KFP256", "holds a number"),
        ("p.yaml", b"", "KFP256", "holds nothing"),
        ("p.yaml", b"just text", "KFP256", "holds a text"),
        ("p.yaml", b"1: one\n", "KFP256", "the name 1"),
        ("p.yaml", b"true: one\n", "KFP256", "the name True"),
        ("p.yaml", b"? [1]\n: x\n", "KFP255", "line 1"),
        ("p.json", b'{"a": }', "KFP255", "line 1, column 7 is not JSON"),
        ("p.yaml", b"a: [1\nb: 2\n", "KFP255", "is not YAML"),
        ("p.yaml", b"a: !!python/object:os.system x\n", "KFP255", "is not YAML"),
        ("p.yaml", b"a: \x01\n", "KFP255", "is not YAML"),
        ("p.json", b"[" * 100_000, "KFP255", "nested too deeply"),
        ("p.yaml", b"\xff\xfe\x00", "KFP254", "not UTF-8 text"),
    ],
)
def test_broken_files_are_explained(tmp_path: Path, name: str, content: bytes, code: str, words: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(KfpError) as caught:
        read_parameters_file(file)
    assert (caught.value.code, words in caught.value.message) == (code, True), caught.value.message


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(KfpError, match=r"p\.json cannot be read: No such file"):
        read_parameters_file(tmp_path / "p.json")


@given(st.binary(max_size=40), st.sampled_from(["p.json", "p.yaml"]))
def test_no_bytes_crash_the_reader(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        with contextlib.suppress(KfpError):  # anything else fails the test
            assert isinstance(read_parameters_file(file), dict)
