"""Arguments: GNU-style options and positions in any order, settings beside them, typos answered."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.cli.arguments import CommandSyntax, HelpWanted, find_command, split_traits, wants_json, whole_number
from jupyter_kfp.errors import KfpError


@pytest.fixture
def syntax() -> CommandSyntax:
    syntax = CommandSyntax("jupyter kfp run")
    syntax.positional("source", "NB", "a notebook")
    syntax.positional("step", "STEP", "a step", required=False)
    syntax.options.add_argument("-p", "--param", action="append", default=[])
    syntax.options.add_argument("--max-parallel", type=whole_number(1))
    syntax.options.add_argument("-f", "--follow", action="store_true")
    syntax.options.add_argument("--name")
    syntax.add_common_options()
    return syntax


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["nb.ipynb"], {"source": "nb.ipynb", "step": None, "param": []}),
        (["-p", "a=1", "nb.ipynb", "-p", "b=2"], {"source": "nb.ipynb", "param": ["a=1", "b=2"]}),
        (["nb.ipynb", "-p", "a=x=y"], {"param": ["a=x=y"]}),
        (["nb.ipynb", "-pa=1"], {"param": ["a=1"]}),
        (["nb.ipynb", "--param=a=1"], {"param": ["a=1"]}),
        (["nb.ipynb", "-p", "a=-1"], {"param": ["a=-1"]}),
        (["nb.ipynb", "-p", "a=--b"], {"param": ["a=--b"]}),
        (["nb.ipynb", "-p", "a="], {"param": ["a="]}),
        (["nb", "-f", "train"], {"source": "nb", "step": "train", "follow": True}),
        (["-f", "nb", "train"], {"source": "nb", "step": "train", "follow": True}),
        (["-f", "--", "-odd-name.ipynb"], {"source": "-odd-name.ipynb", "follow": True}),
        (["nb", "--", "--follow"], {"source": "nb", "step": "--follow", "follow": False}),
        (["nb", "--name", "first run"], {"name": "first run"}),
        (["nb", "--max-parallel", "3"], {"max_parallel": 3}),
        (["-"], {"source": "-"}),
    ],
)
def test_arguments_mean_what_they_mean_elsewhere(
    syntax: CommandSyntax, argv: list[str], expected: dict[str, Any]
) -> None:
    values = vars(syntax.parse(argv))
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        ([], "KFP251", "NB is missing"),
        (["a", "b", "c"], "KFP251", "one argument too many: 'c'"),
        (["nb", "--nmae", "x"], "KFP252", "no option --nmae"),
        (["nb", "--nam"], "KFP252", "no option --nam"),
        (["nb", "-q"], "KFP252", "no option -q"),
        (["nb", "-p"], "KFP251", "expected one argument"),
        (["nb", "--max-parallel", "0"], "KFP251", "0 is less than 1"),
        (["nb", "--max-parallel", "-2"], "KFP251", "-2 is less than 1"),
        (["nb", "--max-parallel", "two"], "KFP251", "'two' is not a whole number"),
        (["nb", "--log-level", "loud"], "KFP251", "invalid choice: 'loud'"),
    ],
)
def test_wrong_arguments_are_explained(syntax: CommandSyntax, argv: list[str], code: str, words: str) -> None:
    with pytest.raises(KfpError) as caught:
        syntax.parse(argv)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.hint


def test_a_typo_in_an_option_suggests_the_right_one(syntax: CommandSyntax) -> None:
    with pytest.raises(KfpError) as caught:
        syntax.parse(["nb", "--folow"])
    assert caught.value.hint == "Did you mean --follow?"


@pytest.mark.parametrize(("argv", "everything"), [(["-h"], False), (["--help"], False), (["nb", "--help-all"], True)])
def test_help_needs_nothing_else(syntax: CommandSyntax, argv: list[str], everything: bool) -> None:
    with pytest.raises(HelpWanted) as wanted:
        syntax.parse(argv)
    assert wanted.value.everything is everything


@pytest.mark.parametrize(
    ("argv", "traits", "rest"),
    [
        (["--KfpApp.home=/x", "nb"], ["--KfpApp.home=/x"], ["nb"]),
        (["nb", "--KfpApp.home", "/x", "-f"], ["--KfpApp.home=/x"], ["nb", "-f"]),
        (["nb", "--", "--KfpApp.home=/x"], [], ["nb", "--", "--KfpApp.home=/x"]),
        (["-p", "KfpApp.home=1"], [], ["-p", "KfpApp.home=1"]),
        (["--KfpApp.home=a\nb"], ["--KfpApp.home=a\nb"], []),
    ],
)
def test_settings_are_told_from_options(argv: list[str], traits: list[str], rest: list[str]) -> None:
    assert split_traits(argv) == (traits, rest)


@pytest.mark.parametrize(
    ("given", "meant"), [("--parm", "--param"), ("--fource", "--force"), ("--max-paralel", "--max-parallel")]
)
def test_an_option_that_is_nearly_right_is_suggested(given: str, meant: str) -> None:
    with pytest.raises(KfpError) as raised:
        run_syntax().parse([given, "1"])
    assert raised.value.hint == f"Did you mean {meant}?"


def test_an_option_that_is_like_no_other_is_not_taken_for_one() -> None:
    with pytest.raises(KfpError) as raised:
        run_syntax().parse(["--bogus"])
    assert raised.value.hint == "jupyter kfp run --help lists the options."


def run_syntax() -> CommandSyntax:
    syntax = CommandSyntax("jupyter kfp run")
    for option in ("--param", "--logs", "--force", "--max-parallel"):
        syntax.options.add_argument(option)
    return syntax


def test_a_setting_without_a_value_is_an_error() -> None:
    with pytest.raises(KfpError, match=r"--KfpApp.home needs a value"):
        split_traits(["nb", "--KfpApp.home"])


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        (["run", "nb"], ("run", ["nb"])),
        (["--debug", "run", "nb"], ("run", ["--debug", "nb"])),
        (["--config", "c.py", "run", "nb"], ("run", ["--config", "c.py", "nb"])),
        (["--KfpApp.home", "/x", "run"], ("run", ["--KfpApp.home", "/x"])),
        (["help", "run"], ("run", ["--help"])),
        (["help"], (None, ["--help"])),
        (["--version"], (None, ["--version"])),
        ([], (None, [])),
    ],
)
def test_the_command_is_found_behind_common_options(argv: list[str], found: tuple[str | None, list[str]]) -> None:
    assert find_command(argv) == found


def test_json_is_noticed_before_the_double_dash_only() -> None:
    assert wants_json(["run", "--json", "--oops"])
    assert not wants_json(["run", "--", "--json"])


@given(st.lists(st.text(max_size=8), max_size=6))
def test_no_arguments_crash_the_parser(argv: list[str]) -> None:
    syntax = CommandSyntax("jupyter kfp run")
    syntax.positional("source", "NB", "a notebook")
    syntax.options.add_argument("-p", "--param", action="append", default=[])
    syntax.add_common_options()
    with contextlib.suppress(KfpError, HelpWanted):  # anything else fails the test
        syntax.parse(split_traits(argv)[1])


@pytest.mark.parametrize("given", [[], ["KFP101"], ["KFP101", "102"]])
def test_a_list_of_values(given: list[str]) -> None:
    syntax = CommandSyntax("jupyter kfp explain")
    syntax.repeated("codes", "CODE", "codes")
    assert syntax.parse(given).codes == given
    assert syntax.usage() == "jupyter kfp explain [CODE...] [OPTIONS]"
