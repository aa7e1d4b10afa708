"""An attempt of an importer: a process that fetches, and an artifact that knows where it came from."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles, output_type, writing_into
from jupyter_kfp.executors.local_process.command_inputs import address_bytes
from jupyter_kfp.executors.local_process.command_process import CommandProcess, CommandStart, attempt_marker
from jupyter_kfp.executors.local_process.command_result import CommandResult
from jupyter_kfp.executors.local_process.task_processes import ATTEMPT_VARIABLE
from jupyter_kfp.executors.task_executor import TaskEnded, TaskLaunch
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.spec.model import ImporterSpec, ValueOrRuntimeParameter
from jupyter_kfp.spec.placeholders import PlaceholderValues, fill_settings, fill_text
from jupyter_kfp.worker.import_artifact import Imported, ImportRequest

_MODULE = "jupyter_kfp.worker.import_artifact"


def start_import(launch: TaskLaunch, files: AttemptFiles) -> tuple[CommandProcess, Path]:
    """Start to bring in an artifact; returns the process and a folder that goes with the attempt.

    Raises `KfpError` KFP301 (the address has no value), KFP306 (placeholders), KFP384 (the folder).
    """
    temporary = Path(tempfile.mkdtemp(prefix="kfp-"))
    try:
        with writing_into(files):
            request = ImportRequest(
                uri=importer_uri(launch),
                target=str(files.folder / "imported"),
                working_directory=launch.working_directory,
                secrets_file=launch.secrets_file,
                result=str(files.executor_output),
                events=str(files.events),
            )
            files.executor_input.write_bytes(msgspec.json.encode(request))
        start = CommandStart(
            words=[sys.executable, "-m", _MODULE, str(files.executor_input)],
            working_directory=files.folder,
            environment={**os.environ, ATTEMPT_VARIABLE: attempt_marker(launch.attempt), "TMPDIR": str(temporary)},
            log=files.log,
        )
        return CommandProcess(start), temporary
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def importer_uri(launch: TaskLaunch) -> str:
    """The address, from a constant or an input. Raises `KfpError` KFP301 if there is none."""
    importer = launch.importer or ImporterSpec()
    value = _value(importer.artifact_uri, launch)
    if not isinstance(value, str) or not value.strip():
        raise KfpError("KFP301", f'task "{launch.name}": the address of what it imports has no value')
    return fill_text(value, _values(launch)).strip()


class ImportResult(CommandResult):
    """The end of an import."""

    def _succeeded(self) -> TaskEnded:
        try:
            imported = msgspec.json.decode(self._files.executor_output.read_bytes(), type=Imported)
            artifacts = {key: self._artifact(key, imported) for key in self._launch.output_definitions.artifacts}
        except KfpError as error:
            return self.not_stored(error)
        except OSError as error:
            return self.not_stored(KfpError("KFP385", f"what was imported cannot be stored: {error}"))
        finally:
            shutil.rmtree(self._files.folder / "imported", ignore_errors=True)
        return TaskEnded(succeeded=True, artifacts=artifacts)

    def _artifact(self, key: str, imported: Imported) -> TaskArtifact:
        importer = self._launch.importer or ImporterSpec()
        uri = importer_uri(self._launch)
        metadata = fill_settings(importer.metadata, _values(self._launch))
        for deprecated in (importer.properties, importer.custom_properties):
            metadata |= {name: _value(value, self._launch) for name, value in deprecated.items()}
        schema = importer.type_schema
        kind = (schema.schema_title if schema else None) or output_type(self._launch, key)
        if not imported.path:
            digest = self._store.put_bytes(address_bytes(uri))
            return TaskArtifact(name=key, type=kind, uri=uri, digest=digest, size=0, metadata=metadata)
        path = Path(imported.path)
        fetched = self._files.folder / "imported" in path.parents
        digest = self._store.put_folder(path) if path.is_dir() else self._store.put_file(path, move=fetched)
        if "://" not in uri:
            uri = str(path)
        return TaskArtifact(
            name=key, type=kind, uri=uri, digest=digest, size=self._store.size(digest), metadata=metadata
        )


def _value(value: ValueOrRuntimeParameter | None, launch: TaskLaunch) -> Any:
    if value is None:
        return None
    if value.runtime_parameter is not None:
        return launch.input_parameters.get(value.runtime_parameter)
    if value.constant_value is not None:
        old = value.constant_value
        return next((one for one in (old.string_value, old.int_value, old.double_value) if one is not None), None)
    return None if value.constant is UNSET else value.constant


def _values(launch: TaskLaunch) -> PlaceholderValues:
    return PlaceholderValues({"inputs": {"parameterValues": launch.input_parameters}}, launch.job)
