"""What is to be run, and how: from arguments to a pipeline, parameters and options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_kfp.cli.arguments import CommandSyntax, nearest, whole_number
from jupyter_kfp.cli.output import print_note
from jupyter_kfp.cli.parameters import given_parameters
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run import RunOptions

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService
    from jupyter_kfp.spec.model import Pipeline


def declare_source(syntax: CommandSyntax, metavar: str = "NB_OR_YAML") -> None:
    """The notebook, and how its steps are found."""
    what = "a notebook (.ipynb)" if metavar == "NB" else "a notebook (.ipynb) or a compiled pipeline (.yaml)"
    syntax.positional("source", metavar, what)
    syntax.options.add_argument("--by-heading", action="store_true", help="make a step of each markdown heading")
    syntax.options.add_argument("--whole", action="store_true", help="make one step of the whole notebook")


def declare_run(syntax: CommandSyntax) -> None:
    """Parameters and the selection of steps."""
    add = syntax.options.add_argument
    add("-p", "--param", metavar="NAME=VALUE", action="append", default=[], help="set a parameter; may be repeated")
    add("--params-file", metavar="FILE", help="JSON or YAML mapping of parameters; -p wins over it")
    for option, dest, text in (
        ("--from", "start_from", "run STEP and all after it; what is before is reused; may be repeated"),
        ("--only", "only", "run STEP alone; its inputs are reused; may be repeated"),
        ("--force", "force", "run STEP even if nothing changed; may be repeated"),
    ):
        add(option, dest=dest, metavar="STEP", action="append", default=[], help=text)
    add("--secrets-file", metavar="FILE", help="JSON of secrets: {NAME: {KEY: VALUE}}; read by tasks that want them")
    add("--strict-images", action="store_true", help="refuse containers, as their images are not used here")
    add("--no-cache", action="store_true", help="run every step, whatever is known from before")
    add("--max-parallel", metavar="N", type=whole_number(1), help="steps that may run at once (default: all CPUs)")


def load_pipeline(service: PipelineService, values: argparse.Namespace, *, recall: bool = False) -> Pipeline:
    """Compile, or load; with `recall` what was compiled before will do.

    Findings go to stderr, but for programs: they get them with the `KfpError` of a refusal.
    """
    path = Path(values.source)
    if path.suffix.lower() != ".ipynb" or getattr(values, "json", False):
        return service.load(path, by_heading=values.by_heading, whole=values.whole, recall=recall)
    compiled = service.compile(path, by_heading=values.by_heading, whole=values.whole, recall=recall)
    if compiled.diagnostics:
        from jupyter_kfp.cli.diagnostics_output import diagnostics_text, refusal

        print_note(diagnostics_text(compiled.diagnostics, path).rstrip("\n"))
        if compiled.pipeline is None:
            raise refusal(compiled.diagnostics, path)
    assert compiled.pipeline is not None, "without an error there is a pipeline"
    return compiled.pipeline


def resolved_parameters(service: PipelineService, pipeline: Pipeline, values: argparse.Namespace) -> dict[str, Any]:
    """Values for all parameters."""
    return service.resolve_parameters(pipeline, given_parameters(values.param, values.params_file))


def run_options(values: argparse.Namespace) -> RunOptions:
    """How to run. Steps stay named as typed: the service finds them."""
    source = Path(values.source).absolute()
    return RunOptions(
        use_cache=not values.no_cache,
        force=values.force,
        only=values.only,
        start_from=values.start_from,
        max_parallel_tasks=values.max_parallel,
        working_directory=str(source.parent),
        notebook_path=str(source),
        secrets_file=str(Path(values.secrets_file).absolute()) if values.secrets_file else "",
        strict_images=values.strict_images,
    )


def unknown_step(name: str, known: list[str]) -> KfpError:
    """Make the error for a step that does not exist."""
    near = nearest(name, known)
    listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    hint = f"Did you mean {near}?" if near else f"The steps are: {listed}."
    return KfpError("KFP262", f"there is no step {name!r}", hint=hint, details={"step": name, "steps": known})
