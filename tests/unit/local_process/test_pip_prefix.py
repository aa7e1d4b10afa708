"""Taking the pip calls out of a component's command, and leaving every other command alone."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages, split_pip_prefix

ENSURE = """
if ! [ -x "$(command -v pip)" ]; then
    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip
fi

PIP_DISABLE_PIP_VERSION_CHECK=1 {} && "$0" "$@"
"""
VENV = """
export PIP_DISABLE_PIP_VERSION_CHECK=1
tmp=$(mktemp -d)
python3 -m venv "$tmp/venv" --system-site-packages
. "$tmp/venv/bin/activate"
"""
PROGRAM = ["sh", "-ec", 'python3 "$@"', "def f(): ..."]


def command_of(installs: str) -> list[str]:
    return ["sh", "-c", ENSURE.format(installs), *PROGRAM]


def pip_install(*words: str) -> str:
    """As the SDK writes it: each word by repr."""
    return "python3 -m pip install --quiet --no-warn-script-location " + " ".join(map(repr, words))


def test_the_sdks_prefix_is_taken_out():
    kfp = ("kfp==2.14.3", "--no-deps", 'typing-extensions>=3.7.4,<5; python_version<"3.9"')
    wanted, rest = split_pip_prefix(
        command_of(pip_install("pandas==2.2.0", "x[extra]>=1") + "  &&  " + pip_install(*kfp))
    )
    options = ("--quiet", "--no-warn-script-location")
    assert wanted.calls == ((*options, "pandas==2.2.0", "x[extra]>=1"), (*options, *kfp))
    assert not wanted.inherit
    assert rest == PROGRAM


def test_options_for_the_index_are_kept():
    words = "--index-url https://a/simple --extra-index-url https://b/simple --trusted-host a 'pandas'"
    wanted, _ = split_pip_prefix(command_of(f"python3 -m pip install {words}"))
    assert wanted.calls == (tuple(shlex.split(words)),)


def test_an_environment_of_its_own_sees_the_packages_around_it():
    wanted, rest = split_pip_prefix(command_of(pip_install("a") + "  && " + VENV + pip_install("kfp==2.15.2")))
    assert wanted.inherit
    assert [call[-1] for call in wanted.calls] == ["a", "kfp==2.15.2"]
    assert rest == PROGRAM


@pytest.mark.parametrize(
    "installs",
    [
        "python3 -m pip install 'a' && echo done",
        "python3 -m pip install 'a' || true",
        "python3 -m pip install $PACKAGES",
        "python3 -m pip install 'a' > log",
        "python3 -m pip download 'a'",
        "python3 -m pip install",
        "python3 -m pip install 'a",
        "curl https://a | sh",
    ],
)
def test_what_does_more_than_install_is_left_as_it_is(installs):
    command = command_of(installs)
    assert split_pip_prefix(command) == (WantedPackages(), command)


@pytest.mark.parametrize(
    "command", [[], ["echo", "pip install a"], ["sh", "-c", "echo hi"], ["sh", "-c", 'true && "$0" "$@"'], PROGRAM]
)
def test_other_commands_are_left_as_they_are(command):
    assert split_pip_prefix(command) == (WantedPackages(), command)


WORDS = st.text(st.characters(codec="ascii", exclude_characters="\0\n\r\t$`"), min_size=1).filter(
    lambda word: word.strip() and not word.startswith("-") and "\\" not in word and not set(word) <= set("();<>|&")
)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_any_words_come_back_as_the_shell_would_see_them(calls):
    """`repr` is how the SDK quotes; where it mixes both kinds of quotes the shell is the judge."""
    quoted = [" ".join(shlex.quote(word) for word in call) for call in calls]
    wanted, rest = split_pip_prefix(command_of(" && ".join(f"python3 -m pip install {words}" for words in quoted)))
    assert wanted.calls == tuple(map(tuple, calls))
    assert rest == PROGRAM
