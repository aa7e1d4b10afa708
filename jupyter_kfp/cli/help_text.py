"""Help, generated from what the commands declare."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import EXIT_CODES

if TYPE_CHECKING:
    from jupyter_kfp.cli.app import KfpApp

_WIDTH = 100
_INDENT = 26


def help_text(application: KfpApp, syntax: CommandSyntax, *, everything: bool) -> str:
    """Usage, description, arguments, examples, exit codes; with `everything` also the settings."""
    lines = [f"usage: {syntax.usage()}", "", *_paragraphs(str(application.description))]
    if application.subcommands:
        lines[0] = f"usage: {syntax.command} COMMAND [ARGUMENTS] [OPTIONS]"
        lines += ["", "commands:"]
        for name, (_, text) in application.subcommands.items():
            lines += _entry(name, text)
    if syntax.positionals:
        lines += ["", "arguments:"]
        for item in syntax.positionals:
            lines += _entry(item.metavar, item.help)
    lines += _option_lines(syntax)
    if application.examples:
        lines += [
            "",
            "examples:",
            *textwrap.indent(textwrap.dedent(str(application.examples)).strip(), "  ").splitlines(),
        ]
    lines += ["", "exit codes:"]
    for code, text in EXIT_CODES.items():
        lines += _entry(str(code), text)
    if everything:
        lines += ["", *_settings_lines()]
    elif application.subcommands:
        lines += ["", "jupyter kfp COMMAND --help tells more of a command; --help-all lists the settings."]
    return "\n".join(lines) + "\n"


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(textwrap.dedent(text).strip().split("\n\n")):
        if number:
            yield ""
        yield from textwrap.wrap(" ".join(paragraph.split()).replace("`", ""), _WIDTH)


def _option_lines(syntax: CommandSyntax) -> Iterator[str]:
    for group in syntax.options._action_groups:  # noqa: SLF001  # argparse lists groups nowhere else
        actions = group._group_actions  # noqa: SLF001
        if actions:
            yield ""
            yield f"{group.title}:"
            for action in actions:
                yield from _entry(_spelling(action), action.help or "")


def _spelling(action: argparse.Action) -> str:
    spelling = ", ".join(action.option_strings)
    if action.nargs == 0:
        return spelling
    if action.choices is not None:
        return f"{spelling} {{{','.join(str(choice) for choice in action.choices)}}}"
    metavar = action.metavar or action.dest.upper()
    return f"{spelling} {' '.join(metavar) if isinstance(metavar, tuple) else metavar}"


def _entry(term: str, text: str) -> Iterator[str]:
    wrapped = textwrap.wrap(text, _WIDTH - _INDENT) or [""]
    if len(term) + 4 > _INDENT:
        yield f"  {term}"
    else:
        yield f"  {term:<{_INDENT - 2}}{wrapped.pop(0)}".rstrip()
    for line in wrapped:
        yield " " * _INDENT + line


def _settings_lines() -> Iterator[str]:
    from jupyter_kfp.cli.app import KfpApp

    yield "settings (on the command line, or as c.KfpApp.NAME = ... in a configuration file):"
    own = KfpApp.class_own_traits(config=True)
    inherited = {name: trait for name, trait in KfpApp.class_traits(config=True).items() if name not in own}
    for name, trait in [*sorted(own.items()), *sorted(inherited.items())]:
        text = " ".join(str(trait.help).strip().split("\n\n", 1)[0].split())
        default = f" (default: {trait.default_value_repr()})" if name in own else ""
        yield from _entry(f"--KfpApp.{name}={type(trait).__name__}", text + default)
