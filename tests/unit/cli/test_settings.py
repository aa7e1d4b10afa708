"""Settings from the command line and from configuration files, and what is said when they are wrong."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from played_run import CommandLine, FakeService

from jupyter_kfp._version import __version__
from jupyter_kfp.cli.app import KfpApp
from jupyter_kfp.cli.command import Command
from jupyter_kfp.settings import Settings, default_parallelism


@pytest.fixture
def config_folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JUPYTER_NO_CONFIG")
    folder = Path(os.environ["JUPYTER_CONFIG_DIR"])
    folder.mkdir()
    return folder


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, succeeding: FakeService) -> list[Settings]:
    """Settings of the commands that were run."""
    settings: list[Settings] = []

    def open_service(command: Command) -> FakeService:
        settings.append(command.settings)
        return succeeding

    monkeypatch.setattr(Command, "open_service", open_service)
    return settings


def test_nothing_set_means_the_defaults(cli: CommandLine, seen: list[Settings]) -> None:
    assert cli("runs") == 0
    assert seen == [Settings()]
    assert seen[0].max_parallel_tasks == default_parallelism()
    assert seen[0].home == Path(os.environ["JUPYTER_KFP_HOME"])


@pytest.mark.parametrize(
    ("argument", "name", "value"),
    [
        ("--KfpApp.home=~/here", "home", Path("~/here").expanduser()),
        ("--KfpApp.database_url=sqlite:////x.db", "database_url", "sqlite:////x.db"),
        ("--KfpApp.max_parallel_tasks=3", "max_parallel_tasks", 3),
        ("--KfpApp.grace_seconds=0.5", "grace_seconds", 0.5),
        ("--KfpApp.fork_kernels=False", "fork_kernels", False),
        ("--KfpApp.spare_kernels=0", "spare_kernels", 0),
        ("--KfpApp.preload_modules=numpy", "preload_modules", ("numpy",)),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_settings_on_the_command_line(
    cli: CommandLine, seen: list[Settings], argument: str, name: str, value: Any, first: bool
) -> None:
    assert cli(*([argument, "runs"] if first else ["runs", argument])) == 0
    assert getattr(seen[0], name) == value


def test_a_list_may_be_given_item_by_item(cli: CommandLine, seen: list[Settings]) -> None:
    assert cli("runs", "--KfpApp.preload_modules=a", "--KfpApp.preload_modules=b") == 0
    assert cli("runs", "--KfpApp.spare_kernels=2", "--KfpApp.spare_kernels=3") == 0
    assert (seen[0].preload_modules, seen[1].spare_kernels) == (("a", "b"), 3)


def test_a_relative_home_is_made_absolute(cli: CommandLine, seen: list[Settings]) -> None:
    assert cli("runs", "--KfpApp.home=here") == 0
    assert seen[0].home == Path.cwd() / "here"


def test_every_setting_is_a_trait() -> None:
    assert {*Settings.__dataclass_fields__} == {*KfpApp.class_own_traits(config=True)}


def test_files_set_and_the_command_line_wins(cli: CommandLine, seen: list[Settings], config_folder: Path) -> None:
    (config_folder / "jupyter_kfp_config.py").write_text(
        "c.KfpApp.grace_seconds = 1.5\nc.KfpApp.spare_kernels = 4\nc.KfpApp.fork_kernels = True\n"
    )
    assert cli("runs", "--KfpApp.spare_kernels=2") == 0
    assert (seen[0].grace_seconds, seen[0].spare_kernels, seen[0].fork_kernels) == (1.5, 2, True)


def test_a_json_file(cli: CommandLine, seen: list[Settings], config_folder: Path) -> None:
    (config_folder / "jupyter_kfp_config.json").write_text(json.dumps({"KfpApp": {"max_parallel_tasks": 7}}))
    assert cli("runs") == 0
    assert seen[0].max_parallel_tasks == 7


def test_a_file_by_name(cli: CommandLine, seen: list[Settings], config_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("c.KfpApp.spare_kernels = 5\n")
    assert cli("--config", str(file), "runs") == 0
    assert cli("runs", "--config=mine.py") == 0
    assert [settings.spare_kernels for settings in seen] == [5, 5]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("jupyter_kfp_config.py", "c.KfpApp.home = (", "jupyter_kfp_config.py, line 1 cannot be loaded: SyntaxError"),
        (
            "jupyter_kfp_config.py",
            "x = 1\n1 / 0\n",
            "jupyter_kfp_config.py, line 2 cannot be loaded: ZeroDivisionError",
        ),
        ("jupyter_kfp_config.json", "{", "jupyter_kfp_config.json cannot be loaded"),
    ],
)
def test_a_broken_file_stops_us(
    cli: CommandLine, seen: list[Settings], config_folder: Path, name: str, content: str, words: str
) -> None:
    (config_folder / name).write_text(content)
    assert cli("runs") == 2
    assert "error KFP259" in cli.err
    assert words in cli.err
    assert seen == []
    assert cli("runs", "--help") == 0, "help needs no configuration"


def test_an_impossible_value_in_a_file(cli: CommandLine, seen: list[Settings], config_folder: Path) -> None:
    (config_folder / "jupyter_kfp_config.py").write_text("c.KfpApp.spare_kernels = 'many'\n")
    assert cli("runs") == 2
    assert "KFP260" in cli.err


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["--KfpApp.hom=/x", "runs"], "KFP252", "Did you mean --KfpApp.home?"),
        (["runs", "--Kfpapp.home=/x"], "KFP252", "Did you mean --KfpApp.home?"),
        (["runs", "--Other.trait=1"], "KFP252", "there is no setting Other.trait"),
        (["runs", "--KfpApp.spare_kernels=-1"], "KFP260", "spare_kernels"),
        (["runs", "--KfpApp.spare_kernels=many"], "KFP260", "spare_kernels"),
        (["runs", "--KfpApp.max_parallel_tasks=0"], "KFP260", "max_parallel_tasks"),
        (["runs", "--config", "missing.py"], "KFP259", "there is no configuration file"),
        (["rnu"], "KFP252", "Did you mean jupyter kfp run?"),
        (["zzz"], "KFP252", "jupyter kfp --help lists the commands."),
        (["--oops"], "KFP252", "no option --oops"),
    ],
)
def test_wrong_settings_are_explained(
    cli: CommandLine, seen: list[Settings], argv: list[str], code: str, words: str
) -> None:
    assert cli(*argv) == 2
    assert f"error {code}" in cli.err
    assert words in cli.err
    assert seen == []


def test_generate_config(cli: CommandLine, config_folder: Path) -> None:
    assert cli("--generate-config") == 0
    text = (config_folder / "jupyter_kfp_config.py").read_text()
    assert "# c.KfpApp.grace_seconds = 10.0" in text
    compile(text, "config", "exec")
    assert cli("--generate-config", "--yes") == 0


def test_version_and_help(cli: CommandLine) -> None:
    assert cli("--version") == 0
    assert cli.out == f"jupyter-kfp {__version__}\n"
    assert cli() == 0
    bare = cli.out
    assert cli("--help") == 0
    assert cli.out == bare
    assert cli("help") == 0
    assert cli.out == bare


@pytest.mark.parametrize("command", sorted(KfpApp.subcommands))
def test_every_command_has_help_that_tells_all(cli: CommandLine, command: str) -> None:
    assert cli(command, "--help") == 0
    assert cli.out.startswith(f"usage: jupyter kfp {command}")
    assert "examples:" in cli.out
    assert "exit codes:" in cli.out
    assert max(len(line) for line in cli.out.splitlines()) <= 100
    short = cli.out
    assert cli("help", command) == 0
    assert cli.out == short
    assert cli(command, "--help-all") == 0
    assert "--KfpApp.database_url" in cli.out
