"""`jupyter kfp`: the application, its settings, and the way to its subcommands."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_core.application import JupyterApp
from traitlets import Bool, Float, Int, List, TraitError, Unicode
from traitlets.config.loader import Config

from jupyter_kfp._version import __version__
from jupyter_kfp.cli.arguments import CommandSyntax, HelpWanted, find_command, nearest, program_arguments, split_traits
from jupyter_kfp.cli.boundary import TextWanted, run_guarded
from jupyter_kfp.errors import KfpError

if TYPE_CHECKING:
    from jupyter_kfp.settings import Settings

_COMMANDS = "jupyter_kfp.cli.commands"
_GARBAGE_THRESHOLD = 500_000


class KfpApp(JupyterApp):
    """Kubeflow Pipelines, inside Jupyter: a tagged notebook becomes a KFP v2 pipeline and runs here."""

    name = "jupyter-kfp"
    title = "jupyter kfp"
    """As typed."""
    description = __doc__
    version = __version__
    # A run in the wrong home would be worse than no run.
    raise_config_file_errors = True

    subcommands: dict[str, Any] = {
        "check": (f"{_COMMANDS}.check.CheckCommand", "Find what keeps a notebook from being a pipeline."),
        "fix": (f"{_COMMANDS}.fix.FixCommand", "Write into a notebook what a failed run asked for."),
        "explain": (f"{_COMMANDS}.explain.ExplainCommand", "Explain a code such as KFP101."),
        "compile": (f"{_COMMANDS}.compile.CompileCommand", "Write the KFP v2 pipeline (IR YAML) of a notebook."),
        "graph": (f"{_COMMANDS}.graph.GraphCommand", "Draw the steps and what travels between them."),
        "plan": (f"{_COMMANDS}.plan.PlanCommand", "Say what a run would do, step by step, and why."),
        "run": (f"{_COMMANDS}.run.RunCommand", "Run a notebook or a compiled pipeline here, and follow it."),
        "attach": (f"{_COMMANDS}.attach.AttachCommand", "Follow a run that was started before."),
        "runs": (f"{_COMMANDS}.runs.RunsCommand", "List runs, newest first."),
        "runs gc": (f"{_COMMANDS}.runs_gc.RunsGcCommand", "Delete old runs, and artifacts that nothing refers to."),
        "show": (f"{_COMMANDS}.show.ShowCommand", "Show a run: steps, metrics, artifacts, error."),
        "logs": (f"{_COMMANDS}.logs.LogsCommand", "Print what the steps of a run printed."),
        "artifacts": (f"{_COMMANDS}.artifacts.ArtifactsCommand", "List, open or copy the artifacts of a run."),
        "cancel": (f"{_COMMANDS}.cancel.CancelCommand", "Stop a run."),
        "pause": (f"{_COMMANDS}.pause.PauseCommand", "Start nothing new in a run; what runs goes on."),
        "resume": (f"{_COMMANDS}.resume.ResumeCommand", "Let a paused run go on."),
        "retry": (f"{_COMMANDS}.retry.RetryCommand", "Start a failed or canceled run again; finished steps are kept."),
        "delete": (f"{_COMMANDS}.delete.DeleteCommand", "Delete a run and the artifacts that nothing else uses."),
        "cache": (f"{_COMMANDS}.cache.CacheCommand", "List the environments made for packages_to_install."),
        "cache prune": (f"{_COMMANDS}.cache_prune.CachePruneCommand", "Remove environments that are no longer used."),
        "doctor": (f"{_COMMANDS}.doctor.DoctorCommand", "Check the installation, the storage and the kernels."),
    }

    home = Unicode(
        None,
        allow_none=True,
        help="Folder of runs, artifacts and metadata. None: $JUPYTER_KFP_HOME, else kfp in Jupyter's data folder.",
    ).tag(config=True)
    database_url = Unicode(
        None, allow_none=True, help="SQLAlchemy URL of the metadata. None: SQLite, in the home folder."
    ).tag(config=True)
    max_parallel_tasks = Int(
        None, allow_none=True, min=1, help="Steps of one run that may run at once. None: the number of CPUs."
    ).tag(config=True)
    max_machine_tasks = Int(
        None,
        allow_none=True,
        min=1,
        help="Steps of all runs that may run at once on this machine. None: the number of CPUs.",
    ).tag(config=True)
    grace_seconds = Float(
        10.0, min=0.0, help="Seconds between SIGTERM and SIGKILL when a step is canceled or times out."
    ).tag(config=True)
    fork_kernels = Bool(
        None,
        allow_none=True,
        help="True: fork kernels from a warm process. False: always start new ones. None: fork where it is safe.",
    ).tag(config=True)
    spare_kernels = Int(1, min=0, help="Kernels kept ready per kernelspec while a run goes on.").tag(config=True)

    preload_modules = List(
        Unicode(),
        help="Modules imported once, before kernels are forked, so that steps have them at once: numpy, pandas ...",
    ).tag(config=True)

    values: argparse.Namespace
    """The command's own arguments, once parsed."""
    exit_code = 0

    @property
    def settings(self) -> Settings:
        """The traits, as the value that all other parts take."""
        from pathlib import Path

        from jupyter_kfp.settings import Settings

        given: dict[str, Any] = {"grace_seconds": self.grace_seconds, "spare_kernels": self.spare_kernels}
        if self.home:
            given["home"] = Path(self.home).expanduser().absolute()
        if self.preload_modules:
            given["preload_modules"] = tuple(self.preload_modules)
        for name in ("database_url", "max_parallel_tasks", "max_machine_tasks", "fork_kernels"):
            if (value := getattr(self, name)) is not None:
                given[name] = value
        return Settings(**given)

    # --- configuration files

    def _config_file_name_default(self) -> str:
        return "jupyter_kfp_config"

    def _find_subcommand(self, name: str) -> str:  # noqa: ARG002  # the signature is Jupyter's
        """All subcommands are here; a search of PATH for ``jupyter-kfp-NAME`` at every start would find none."""
        return ""

    def migrate_config(self) -> None:
        """Do nothing: IPython 3 had no configuration of ours."""

    def update_config(self, config: Config) -> None:
        """Take values from the command line or a file. Raises `KfpError` KFP260 for an impossible one."""
        try:
            super().update_config(config)
        except TraitError as error:
            hint = "jupyter kfp --help-all lists the settings and their values."
            raise KfpError("KFP260", f"a setting has an impossible value: {error}", hint=hint) from error

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Load ``jupyter_config`` and ``jupyter_kfp_config``. Raises `KfpError` KFP259 if one is broken."""
        from jupyter_kfp.cli.config_files import explain_broken_files

        with explain_broken_files(self):
            super().load_config_file(suppress_errors=False)

    # --- command line

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Find the subcommand and hand it the rest; options may stand before it, too."""
        name, rest = find_command(program_arguments() if argv is None else argv)
        if rest and f"{name} {rest[0]}" in self.subcommands:
            name, rest = f"{name} {rest[0]}", rest[1:]
        if name is None:
            self.parse_own_arguments(rest)
            return
        self.subapp = self._command(name)
        self.subapp.initialize(rest)

    def parse_own_arguments(self, argv: Sequence[str]) -> None:
        """Parse by `syntax` into `values`, and take settings. Raises `KfpError` 25x, or `TextWanted` for help."""
        from jupyter_kfp.cli.config_files import common_config, settings_config

        trait_arguments, rest = split_traits(argv)
        settings = settings_config(KfpApp, trait_arguments)
        syntax = self.syntax()
        try:
            self.values = syntax.parse(rest)
        except HelpWanted as wanted:
            from jupyter_kfp.cli.help_text import help_text

            raise TextWanted(help_text(self, syntax, everything=wanted.everything)) from None
        settings.merge(common_config(self.values))
        self.cli_config = settings
        self.update_config(settings)

    def syntax(self) -> CommandSyntax:
        """Arguments without a subcommand."""
        syntax = CommandSyntax(self.title)
        syntax.add_common_options()
        options = syntax.options
        options.add_argument("--version", action="store_true", help="print the version")
        options.add_argument(
            "--generate-config", action="store_true", help="write a configuration file with all settings, commented out"
        )
        options.add_argument("-y", "--yes", action="store_true", help="overwrite an existing configuration file")
        return syntax

    def _command(self, name: str) -> KfpApp:
        if name not in self.subcommands:
            near = nearest(name, self.subcommands)
            hint = f"Did you mean jupyter kfp {near}?" if near else "jupyter kfp --help lists the commands."
            raise KfpError("KFP252", f"there is no command {name!r}", hint=hint, details={"command": name})
        from traitlets.utils.importstring import import_item

        command: KfpApp = import_item(self.subcommands[name][0])(parent=self)
        return command

    def start(self) -> None:
        """Do what was asked for and leave the result in `exit_code`."""
        if self.subapp is not None:
            self.subapp.start()
            self.exit_code = self.subapp.exit_code
        elif self.values.version:
            raise TextWanted(f"jupyter-kfp {self.version}\n")
        elif self.values.generate_config:
            self.answer_yes = self.values.yes
            self.write_default_config()
        else:
            from jupyter_kfp.cli.help_text import help_text

            raise TextWanted(help_text(self, self.syntax(), everything=False))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and raises nothing.

    Without arguments it is the program: it takes those of the shell, and ends the process itself.
    """
    if argv is not None:
        return run_guarded(KfpApp, list(argv))
    # A fifth of a short command's time: collecting garbage amid imports, and taking a process apart that ends anyway.
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 100)
    code = run_guarded(KfpApp, program_arguments())
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)
