"""``jupyter kfp artifacts RUN``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.artifact_choice import choose_artifact
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_note, print_text, terminal_width, use_colour
from jupyter_kfp.cli.styled_lines import printable, render_lines, table
from jupyter_kfp.cli.words import size
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.artifact_files import file_name
from jupyter_kfp.runs.run import TaskArtifact

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class ArtifactsCommand(OneRunCommand):
    """List the artifacts of a run, open one, or copy one out of the store.

    NAME is the name of an artifact, or STEP/NAME where several steps have one of that name.
    """

    verb = "artifacts"
    description = __doc__
    examples = """
        jupyter kfp artifacts 3fa2c1d7
        jupyter kfp artifacts 3fa2c1d7 --open roc
        jupyter kfp artifacts 3fa2c1d7 --copy train/model model.pkl
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the run and what to do."""
        super().declare(syntax)
        what = syntax.options.add_mutually_exclusive_group()
        what.add_argument("--open", metavar="NAME", help="open it with the program that this desktop has for it")
        what.add_argument("--copy", nargs=2, metavar=("NAME", "DEST"), help="copy it to a file or into a folder")

    def execute(self) -> int:
        """List, open or copy."""
        values = self.values
        with self.service() as service:
            run = service.find_run(values.run)
            names = {task.path: task.name for task in service.tasks(run.run_id)}
            artifacts = service.artifacts(run.run_id)
            if values.copy:
                chosen = choose_artifact(artifacts, names, values.copy[0])
                self._report(chosen, _copy(service, chosen, Path(values.copy[1])), "copied to")
            elif values.open:
                chosen = choose_artifact(artifacts, names, values.open)
                self._report(chosen, _open(service, chosen), "opened")
            elif values.json:
                print_json({"run_id": run.run_id, "artifacts": [_facts(service, *item) for item in artifacts]})
            else:
                self._list(service, artifacts, names)
        return OK

    def _report(self, artifact: TaskArtifact, place: Path, verb: str) -> None:
        if self.values.json:
            print_json({"name": artifact.name, "digest": artifact.digest, "path": str(place)})
        else:
            print_note(f"{artifact.name} {verb} {place}")

    def _list(
        self, service: PipelineService, artifacts: list[tuple[TaskPath, TaskArtifact]], names: dict[TaskPath, str]
    ) -> None:
        if not artifacts:
            print_note("No artifacts. Mark what should be seen with log_artifact or log_figure.")
            return
        rows = [
            (
                printable(names.get(path, path)),
                printable(artifact.name),
                artifact.type.removeprefix("system."),
                size(artifact.size),
                str(service.artifact_path(artifact.digest)),
            )
            for path, artifact in artifacts
        ]
        lines = table(("Step", "Name", "Type", "Size", "Where"), rows, right=frozenset({3}), width=terminal_width())
        print_text(render_lines(lines, colour=use_colour(sys.stdout)))


def _facts(service: PipelineService, path: TaskPath, artifact: TaskArtifact) -> dict[str, object]:
    return {
        "task": path,
        "name": artifact.name,
        "type": artifact.type,
        "uri": artifact.uri,
        "digest": artifact.digest,
        "size": artifact.size,
        "path": str(service.artifact_path(artifact.digest)),
        "metadata": artifact.metadata,
    }


def _copy(service: PipelineService, artifact: TaskArtifact, destination: Path) -> Path:
    target = destination / file_name(artifact) if destination.is_dir() else destination
    if target.exists():
        hint = "Remove it, or choose another name."
        raise KfpError("KFP266", f"{target} exists already", hint=hint, details={"path": str(target)})
    if not target.parent.is_dir():
        raise KfpError("KFP266", f"the folder {target.parent} does not exist", hint="Make it first.")
    service.copy_artifact(artifact.digest, target)
    return target


def _open(service: PipelineService, artifact: TaskArtifact) -> Path:
    program = shutil.which("open") if sys.platform == "darwin" else shutil.which("xdg-open")
    if program is None:
        place = service.artifact_path(artifact.digest)
        message = "this machine has no program that opens files (xdg-open)"
        raise KfpError("KFP522", message, hint=f"The artifact is {place}; --copy NAME DEST takes it elsewhere.")
    # A copy: the store's files have no suffix by which a program could be chosen, and must not be edited.
    place = Path(tempfile.mkdtemp(prefix="jupyter-kfp-")) / file_name(artifact)
    service.copy_artifact(artifact.digest, place)
    done = subprocess.run([program, str(place)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        message = f"{program} could not open {place}: {done.stderr.strip() or f'exit code {done.returncode}'}"
        raise KfpError("KFP522", message, hint="--copy NAME DEST takes the artifact elsewhere.")
    return place
