"""Files that code names are inputs of a step, as long as the step leaves them alone."""

from pathlib import Path

from jupyter_kfp.engine.named_files import changed_file, file_parts, named_files


def test_names_come_from_code_and_text_parameters() -> None:
    assert named_files(["a.csv"], {"path": "b.csv", "rows": 3, "empty": ""}) == ["a.csv", "b.csv"]


def test_only_existing_regular_files_count(tmp_path: Path) -> None:
    (tmp_path / "here.csv").write_text("1")
    (tmp_path / "folder.d").mkdir()
    names = ["here.csv", "gone.csv", "folder.d", "no\x00name", "x" * 5000]
    assert list(file_parts(names, str(tmp_path))) == ["file:here.csv"]
    assert file_parts(names, "") == {}


def test_a_change_is_seen_and_named(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1")
    parts = {"source": "x"} | file_parts(["data.csv"], str(tmp_path))
    assert changed_file(parts, str(tmp_path)) is None
    data.write_text("2")
    assert changed_file(parts, str(tmp_path)) == "data.csv"
    data.unlink()
    assert changed_file(parts, str(tmp_path)) == "data.csv"
