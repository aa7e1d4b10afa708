"""Whatever happens becomes an exit code and one explanation."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from played_run import CommandLine, FakeService

from jupyter_kfp.cli.boundary import exit_code_of
from jupyter_kfp.cli.output import write_whole
from jupyter_kfp.errors import KfpError

Break = Callable[[BaseException], None]


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch, succeeding: FakeService) -> Break:
    """Make `list_runs` raise."""

    def arrange(error: BaseException) -> None:
        def broken(self: FakeService, **filters: object) -> None:
            raise error

        monkeypatch.setattr(FakeService, "list_runs", broken)

    return arrange


@pytest.mark.parametrize(
    ("code", "expected"), [("KFP101", 2), ("KFP243", 2), ("KFP301", 1), ("KFP403", 4), ("KFP501", 4), ("odd", 4)]
)
def test_exit_codes_of_errors(code: str, expected: int) -> None:
    assert exit_code_of(KfpError(code, "x")) == expected


def test_an_unexpected_error_keeps_its_traceback(cli: CommandLine, breaking: Break, tmp_path: Path) -> None:
    breaking(RuntimeError("boom"))
    assert cli("runs") == 4
    assert re.match(r"error KFP520: unexpected RuntimeError; id [0-9a-f]{8}\n  hint: The traceback is in ", cli.err)
    (log,) = (tmp_path / "jupyter_kfp_home" / "errors").iterdir()
    assert log.stem in cli.err
    assert "RuntimeError: boom" in log.read_text()
    assert "Traceback" not in cli.err


def test_debug_shows_the_traceback(cli: CommandLine, breaking: Break) -> None:
    breaking(RuntimeError("boom"))
    assert cli("runs", "--debug") == 4
    assert "RuntimeError: boom" in cli.err


def test_an_unexpected_error_as_json(cli: CommandLine, breaking: Break) -> None:
    breaking(RuntimeError("boom"))
    assert cli("runs", "--json") == 4
    error = cli.json()["error"]
    assert (error["code"], set(error)) == ("KFP520", {"code", "message", "hint", "details"})
    assert Path(error["details"]["traceback"]).exists()


def test_an_error_of_the_system_says_which(cli: CommandLine, breaking: Break) -> None:
    breaking(OSError(28, "No space left on device", "/data/x"))
    assert cli("runs") == 4
    assert "the system says: No space left on device (/data/x)" in cli.err


def test_an_unwritable_home_still_gives_one_line(cli: CommandLine, breaking: Break, tmp_path: Path) -> None:
    breaking(RuntimeError("boom"))
    (tmp_path / "file").write_text("")
    assert cli("runs", f"--KfpApp.home={tmp_path}/file/home") == 4
    assert "could not be kept" in cli.err


def test_ctrl_c(cli: CommandLine, breaking: Break) -> None:
    breaking(KeyboardInterrupt())
    assert cli("runs") == 130
    assert cli.err == "error KFP269: interrupted\n"


@pytest.mark.parametrize("argv", [["rnu", "--json"], ["runs", "--oops", "--json"], ["runs", "--json", "--KfpApp.x=1"]])
def test_wrong_usage_as_json(cli: CommandLine, argv: list[str]) -> None:
    assert cli(*argv) == 2
    assert cli.json()["error"]["code"] == "KFP252"
    assert cli.err == ""


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.yaml"
    target.write_text("old")
    target.chmod(0o640)
    write_whole(target, b"new")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(KfpError, match="No space left on device"):
        write_whole(target, b"newer")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(KfpError) as caught:
        write_whole(tmp_path / "no" / "x.yaml", b"")
    assert caught.value.code == "KFP521"


def test_characters_that_the_terminal_lacks_break_nothing(cli: CommandLine, failing: FakeService) -> None:
    sys.stdout.reconfigure(encoding="ascii", errors="strict")  # type: ignore[union-attr]
    assert cli("show", "3fa2") == 0
    assert "  x Train model  Failed" in cli.out
