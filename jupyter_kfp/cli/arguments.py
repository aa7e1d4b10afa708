"""Arguments of one subcommand: GNU-style options beside traitlets' own ``--Class.trait=value``.

Traitlets' loader knows neither ``-p a=1 -p b=2`` nor positions between options, so a subcommand parses its own
arguments with `argparse` and hands only ``--Class.trait`` arguments to traitlets. Faults are `KfpError`, never an exit.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from jupyter_kfp.errors import KfpError

_LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"]
_VALUE_OPTIONS = frozenset({"--config", "--log-level"})
_OPTION_CUTOFF = 0.7
"""Without their hyphens options are short words, of which many are alike."""
_AGE_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[smhdw])")
_TRAIT = re.compile(r"--?[A-Z]\w*(\.\w+)+(=.*)?", re.DOTALL)


class HelpWanted(Exception):  # noqa: N818  # not an error
    """``--help`` or ``--help-all`` was given."""

    def __init__(self, *, everything: bool) -> None:
        super().__init__("help wanted")
        self.everything = everything


@dataclass(frozen=True, slots=True)
class Positional:
    """A value known by its place."""

    dest: str
    metavar: str
    help: str
    required: bool = True
    repeated: bool = False
    """Takes all that follow, as a list."""


@dataclass(slots=True)
class CommandSyntax:
    """What one subcommand accepts."""

    command: str
    """As typed, e.g. ``jupyter kfp run``."""
    positionals: list[Positional] = field(default_factory=list)
    options: OptionParser = field(init=False)

    def __post_init__(self) -> None:
        """Start with an empty set of options."""
        self.options = OptionParser(self.command)

    def positional(self, dest: str, metavar: str, text: str, *, required: bool = True) -> None:
        """Declare the next value known by its place; required ones come first."""
        self.positionals.append(Positional(dest, metavar, text, required))

    def repeated(self, dest: str, metavar: str, text: str) -> None:
        """Declare a list of any number of values, none too; the last of those known by their place."""
        self.positionals.append(Positional(dest, metavar, text, required=False, repeated=True))

    def add_common_options(self) -> None:
        """Options that every command takes."""
        group = self.options.add_argument_group("common options")
        group.add_argument(
            "--config", metavar="FILE", help="configuration file (default: jupyter_kfp_config.py or .json)"
        )
        group.add_argument("--log-level", choices=_LOG_LEVELS, help="how much is logged, for finding faults")
        group.add_argument("--debug", action="store_true", help="log all, and show tracebacks of unexpected errors")

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """Sort out the arguments. Raises `KfpError` KFP251, KFP252, or `HelpWanted`."""
        before, after = _split_at_double_dash(argv)
        for argument in before:
            if argument in {"-h", "--help", "--help-all"}:
                raise HelpWanted(everything=argument == "--help-all")
        values, rest = self.options.parse_known_args(before)
        for argument in rest:
            if argument.startswith("-") and argument != "-":
                raise self._unknown_option(argument)
        self._fill_positionals(values, [*rest, *after])
        return values

    def _fill_positionals(self, values: argparse.Namespace, given: list[str]) -> None:
        for position, wanted in enumerate(self.positionals):
            if wanted.repeated:
                setattr(values, wanted.dest, given[position:])
                return
            if position < len(given):
                setattr(values, wanted.dest, given[position])
            elif wanted.required:
                raise KfpError(
                    "KFP251", f"{wanted.metavar} is missing: {wanted.help}", hint=f"usage: {self.usage()}", details={}
                )
            else:
                setattr(values, wanted.dest, None)
        if len(given) > len(self.positionals):
            extra = given[len(self.positionals)]
            raise KfpError(
                "KFP251",
                f"one argument too many: {extra!r}",
                hint=f"usage: {self.usage()}",
                details={"argument": extra},
            )

    def _unknown_option(self, argument: str) -> KfpError:
        name = argument.split("=", 1)[0]
        spellings = {spelling.strip("-"): spelling for spelling in self.options.option_strings()}
        word = nearest(name.strip("-"), spellings, cutoff=_OPTION_CUTOFF)
        near = spellings[word] if word else None
        hint = f"Did you mean {near}?" if near else f"{self.command} --help lists the options."
        return KfpError("KFP252", f"{self.command} has no option {name}", hint=hint, details={"option": name})

    def usage(self) -> str:
        """One line."""
        places = [
            f"[{item.metavar}...]" if item.repeated else item.metavar if item.required else f"[{item.metavar}]"
            for item in self.positionals
        ]
        return " ".join([self.command, *places, "[OPTIONS]"])


class OptionParser(argparse.ArgumentParser):
    """`argparse` without positions, abbreviations, its own help, or exits."""

    def __init__(self, command: str) -> None:
        super().__init__(prog=command, add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting."""
        raise KfpError("KFP251", message, hint=f"{self.prog} --help shows the usage.")

    def option_strings(self) -> list[str]:
        """All spellings of all options."""
        return [spelling for action in self._actions for spelling in action.option_strings]


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant, if one is near."""
    import difflib

    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


def split_traits(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part ``--Class.trait=value`` (or ``--Class.trait value``) from all else; nothing behind ``--`` is a trait."""
    before, after = _split_at_double_dash(argv)
    traits: list[str] = []
    rest: list[str] = []
    remaining = iter(before)
    for argument in remaining:
        if not _TRAIT.fullmatch(argument):
            rest.append(argument)
        elif "=" in argument:
            traits.append(argument)
        else:
            value = next(remaining, None)
            if value is None:
                raise KfpError("KFP251", f"{argument} needs a value", hint=f"Write {argument}=VALUE.")
            traits.append(f"{argument}={value}")
    return traits, [*rest, "--", *after] if after else rest


def find_command(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """Find the subcommand; common options in front of it go behind it. ``help run`` means ``run --help``."""
    leading: list[str] = []
    remaining = list(argv)
    while remaining and remaining[0].startswith("-"):
        argument = remaining.pop(0)
        leading.append(argument)
        takes_value = argument in _VALUE_OPTIONS or (_TRAIT.fullmatch(argument) and "=" not in argument)
        if takes_value and remaining:
            leading.append(remaining.pop(0))
    if remaining[:1] == ["help"]:
        remaining = [*remaining[1:], "--help"]
    if not remaining or remaining[0].startswith("-"):
        return None, [*leading, *remaining]
    return remaining[0], [*leading, *remaining[1:]]


def wants_json(argv: Sequence[str]) -> bool:
    """Whether the output is for a program, also if the arguments turn out to be wrong."""
    before, _ = _split_at_double_dash(argv)
    return "--json" in before


def whole_number(minimum: int) -> Any:
    """Make a converter for `argparse` that refuses numbers below a minimum."""

    def convert(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < minimum:
            raise argparse.ArgumentTypeError(f"{number} is less than {minimum}")
        return number

    return convert


def age(text: str) -> float:
    """Seconds of an age such as ``90m``, ``12h``, ``30d`` or ``8w``; a converter for `argparse`."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age; write a number and a unit: 90m, 12h, 30d, 8w")
    return float(found["number"]) * _AGE_UNITS[found["unit"]]


def age_text(seconds: float) -> str:
    """An age as `age` reads it, in the longest unit that gives a whole number."""
    for unit, length in reversed(_AGE_UNITS.items()):
        if seconds and seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:g}s"


def program_arguments() -> list[str]:
    """What the shell gave."""
    return sys.argv[1:]


def _split_at_double_dash(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    arguments = list(argv)
    if "--" not in arguments:
        return arguments, []
    position = arguments.index("--")
    return arguments[:position], arguments[position + 1 :]
