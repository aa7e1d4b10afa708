"""What all subcommands share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jupyter_kfp.cli.app import KfpApp
from jupyter_kfp.cli.arguments import CommandSyntax

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class Command(KfpApp):
    """A subcommand. Its settings are those of `KfpApp`."""

    verb = ""
    """The word behind ``jupyter kfp``."""
    examples = ""
    subcommands: dict[str, Any] = {}
    takes_json = True
    """Whether ``--json`` is offered."""

    @property
    def title(self) -> str:  # type: ignore[override]  # a constant in the application, made from the verb here
        """As typed."""
        return f"jupyter kfp {self.verb}"

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Parse the arguments behind the verb."""
        self.parse_own_arguments(argv or [])

    def syntax(self) -> CommandSyntax:
        """Arguments of this command, then the common ones."""
        syntax = CommandSyntax(self.title)
        self.declare(syntax)
        if self.takes_json:
            syntax.options.add_argument(
                "--json", action="store_true", help="one JSON object on stdout, nothing else there"
            )
        syntax.add_common_options()
        return syntax

    def declare(self, syntax: CommandSyntax) -> None:
        """Add the command's own arguments."""
        raise NotImplementedError

    def execute(self) -> int:
        """Do it; returns the exit code. Raises `KfpError`."""
        raise NotImplementedError

    def start(self) -> None:
        """Do it and leave the result in `exit_code`."""
        self.exit_code = self.execute()

    def open_service(self) -> PipelineService:
        """Make the facade, imported only here: a command may have nothing to ask it."""
        from jupyter_kfp.pipeline_service import PipelineService

        return PipelineService(self.settings)

    @contextmanager
    def service(self) -> Iterator[PipelineService]:
        """The facade, open for the length of a ``with``."""
        service = self.open_service()
        try:
            yield service
        finally:
            service.close()


class OneRunCommand(Command):
    """A subcommand about one run."""

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the run."""
        syntax.positional("run", "RUN", "id of a run (see: jupyter kfp runs) or its beginning; last: the newest")
