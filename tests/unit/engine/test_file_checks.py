"""Files that a step used have to be what they were; what is not is named."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_kfp.artifacts.file_state import file_state
from jupyter_kfp.engine.file_checks import check_files
from jupyter_kfp.spec.used_files import ABSENT, UNSTEADY, FileState, UsedFiles


def why(used: UsedFiles, folder: Path, *carried: Path) -> str | None:
    return check_files(used, str(folder), [path.name for path in carried]).why


def test_a_file_that_was_read_counts_by_content(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1")
    used = UsedFiles(read={str(data): file_state(str(data))})
    assert why(used, tmp_path) is None
    os.utime(data, (1, 1))
    assert why(used, tmp_path) is None
    data.write_text("2")
    assert why(used, tmp_path) == "the file data.csv changed"
    data.unlink()
    assert why(used, tmp_path) == "the file data.csv is gone"


def test_a_touched_file_is_read_once_only(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1")
    os.utime(data, (1, 1))
    used = UsedFiles(read={str(data): file_state(str(data))})
    assert used.read[str(data)].mtime_ns == 10**9
    os.utime(data, (5, 5))
    checked = check_files(used, str(tmp_path))
    assert checked.why is None
    assert checked.files.read[str(data)].mtime_ns == 5 * 10**9


def test_a_fresh_time_stamp_is_not_trusted(tmp_path: Path) -> None:
    """Another change within the same tick would not show."""
    data = tmp_path / "data.csv"
    data.write_text("1")
    state = file_state(str(data))
    assert state.mtime_ns == 0
    before = data.stat()
    data.write_text("2")
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert why(UsedFiles(read={str(data): state}), tmp_path) == "the file data.csv changed"


def test_a_file_that_was_missed_counts(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    used = UsedFiles(read={str(path): FileState(ABSENT)})
    assert why(used, tmp_path) is None
    path.write_text("{}")
    assert why(used, tmp_path) == "the file settings.json is there now"


def test_what_a_step_wrote_has_to_be_there(tmp_path: Path) -> None:
    out, folder = tmp_path / "out.txt", tmp_path / "plots"
    out.write_text("1")
    folder.mkdir()
    used = UsedFiles(written={str(path): file_state(str(path)) for path in (out, folder)})
    assert why(used, tmp_path) is None
    out.write_text("2")
    assert why(used, tmp_path) == "out.txt, which it writes, changed"
    assert why(used, tmp_path, out) is None  # kept as an artifact
    out.unlink()
    assert why(used, tmp_path, out) == "out.txt, which it writes, is gone"
    out.write_text("1")
    folder.rmdir()
    assert why(used, tmp_path) == "plots, which it writes, is gone"


def test_a_step_that_changes_what_it_reads_runs_again(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("1")
    before = file_state(str(counter))
    counter.write_text("2")
    used = UsedFiles(read={str(counter): before}, written={str(counter): file_state(str(counter))})
    assert why(used, tmp_path) == "it changes the file counter, which it reads"


def test_new_files_in_a_listed_folder_count(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "made.png").touch()
    own = {str(tmp_path / "made.png"): file_state(str(tmp_path / "made.png"))}
    used = UsedFiles(written=own, listed={str(tmp_path): ["a.csv"]})
    assert why(used, tmp_path) is None
    (tmp_path / "__pycache__").mkdir()
    assert why(used, tmp_path) is None
    (tmp_path / "b.csv").touch()
    assert why(used, tmp_path) == "the files in the folder . are others"


def test_what_is_not_known_is_not_taken_for_the_same(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    used = UsedFiles(read={str(path): FileState(UNSTEADY)})
    assert why(used, tmp_path) == "the file x changed while the step ran"
    assert why(UsedFiles(incomplete=True), tmp_path) == "it uses more files than are remembered"
    outside = UsedFiles(read={"/nowhere/data.csv": FileState("1", 1, 1, 1)})
    assert why(outside, tmp_path) == "the file /nowhere/data.csv is gone"
