"""An attempt that runs a container's command as a process of this machine, without the container."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles, writing_into
from jupyter_kfp.executors.local_process.command_environment import (
    command_environment,
    container_variables,
    expand_references,
)
from jupyter_kfp.executors.local_process.command_inputs import command_input
from jupyter_kfp.executors.local_process.command_process import CommandProcess, CommandStart, attempt_marker
from jupyter_kfp.executors.local_process.command_result import Surroundings
from jupyter_kfp.executors.local_process.containerized_component import with_sdk
from jupyter_kfp.executors.local_process.environment_process import environment_command
from jupyter_kfp.executors.local_process.inputs_process import inputs_command
from jupyter_kfp.executors.local_process.local_code import find_local_code
from jupyter_kfp.executors.local_process.mapped_paths import MappedPaths, task_folders
from jupyter_kfp.executors.local_process.own_environment import may_install, own_environment
from jupyter_kfp.executors.local_process.own_places import PRIVATE_FOLDER
from jupyter_kfp.executors.local_process.package_environments import PackageEnvironment, PackageEnvironments
from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages, split_pip_prefix
from jupyter_kfp.executors.local_process.private_mounts import can_mount, private_mounts
from jupyter_kfp.executors.local_process.programs import check_program, find_program, missing_program, with_python
from jupyter_kfp.executors.local_process.resource_limits import ResourceLimits, resource_limits
from jupyter_kfp.executors.local_process.secret_values import secret_values
from jupyter_kfp.executors.local_process.task_processes import ATTEMPT_VARIABLE
from jupyter_kfp.executors.local_process.task_sight import place_task
from jupyter_kfp.executors.task_executor import TaskLaunch
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import ContainerSpec
from jupyter_kfp.spec.placeholders import PlaceholderValues, fill_attempt_constants, fill_container

_EMPTY_VOLUMES = ("emptyDirMounts", "genericEphemeralVolume")


@dataclass(frozen=True)
class StartedCommand:
    """A command that runs."""

    process: CommandProcess
    limits: ResourceLimits
    surroundings: Surroundings


def start_command(launch: TaskLaunch, files: AttemptFiles, store: ArtifactStore, settings: Settings) -> StartedCommand:
    """Put everything where the command looks for it, and start it.

    Raises `KfpError`: KFP231, KFP390, KFP504 (see `check_program`), KFP306, KFP307 (placeholders), KFP393 (a limit that
    cannot be read), KFP398, KFP401 (inputs), KFP503, KFP508 (secrets), KFP384 (the folder), KFP386 (the program).
    """
    check_program(
        launch.name,
        launch.container or ContainerSpec(),
        working_directory=launch.working_directory,
        strict_images=launch.strict_images,
    )
    temporary = Path(tempfile.mkdtemp(prefix="kfp-"))  # short: paths of sockets have a limit
    try:
        with writing_into(files):
            return _Preparation(launch, files, temporary).start(store, settings)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


class _Preparation:
    """What is known of a command before it starts."""

    def __init__(self, launch: TaskLaunch, files: AttemptFiles, temporary: Path) -> None:
        self._launch = launch
        self._files = files
        self._temporary = temporary
        self._copies: list[tuple[str, Path]] = []
        self._secrets = secret_values(launch.platform, launch.secrets_file, os.environ)

    def start(self, store: ArtifactStore, settings: Settings) -> StartedCommand:
        folders = self._folders()
        isolated = can_mount()
        container = self._filled(store, MappedPaths({} if isolated else folders))
        limits = resource_limits(container, refuse_accelerators=False)
        start, wanted = self._command(container, limits)
        start, environment = self._with_environment(start, wanted, PackageEnvironments(settings.environments_folder))
        try:
            start = self._with_inputs(self._with_program(start, container.image))
            places = None
            if isolated:
                places = place_task(self._temporary, folders, self._launch, start, settings)
                start = dataclasses.replace(start, mounts=private_mounts(places, start.working_directory))
            process = CommandProcess(start)
            return StartedCommand(process, limits, Surroundings(self._temporary, places, process.namespace))
        finally:
            if environment is not None:
                environment.release()

    def _folders(self) -> dict[str, Path]:
        """Own folders of the task, by the paths at which it looks for them."""
        self._files.work.mkdir(exist_ok=True)
        volumes = dict(self._volumes())
        folders = task_folders(self._files.folder / "mounts", self._launch.job.workspace_path, volumes)
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        for path, contents in self._secrets.files.items():
            folder = volumes.get(path, Path(path))
            for name, content in contents.items():
                file = folder / name
                file.touch(mode=0o600)
                file.write_text(content, encoding="utf-8")
        return folders

    def _volumes(self) -> Iterator[tuple[str, Path]]:
        """Mount paths that this machine does not have, and folders in their place."""
        wanted = [
            mount.get("mountPath", "") for setting in _EMPTY_VOLUMES for mount in self._launch.platform.get(setting, ())
        ]
        for number, path in enumerate([*self._secrets.files, *wanted]):
            if path in self._secrets.files or not Path(path).is_dir():
                yield path, self._temporary / "volumes" / str(number)

    def _filled(self, store: ArtifactStore, mapped: MappedPaths) -> ContainerSpec:
        launch = self._launch
        brought = command_input(self._files, launch, store)
        executor_input, self._copies = brought.executor_input, brought.copies
        root = launch.job.pipeline_root or str(self._files.folder.parent.parent.parent)
        values = PlaceholderValues(executor_input, msgspec.structs.replace(launch.job, pipeline_root=root))
        executor_input["inputs"]["parameterValues"] = fill_attempt_constants(launch.input_parameters, values)
        self._files.executor_input.write_bytes(msgspec.json.encode(executor_input))
        container = launch.container or ContainerSpec()
        # Paths are mapped before values are filled in, which stay as they are.
        command, args = mapped.in_command(container.command, container.args)
        container = msgspec.structs.replace(
            container,
            command=command,
            args=args,
            env=[msgspec.structs.replace(one, value=mapped.in_word(one.value)) for one in container.env],
        )
        return fill_container(container, values)

    def _command(self, container: ContainerSpec, limits: ResourceLimits) -> tuple[CommandStart, WantedPackages]:
        wanted, words = split_pip_prefix([*container.command, *container.args])
        code = find_local_code(self._launch.name, words, self._launch.working_directory)
        variables = container_variables(container.env, self._secrets.variables)
        temporary = Path(PRIVATE_FOLDER) if can_mount() else self._temporary
        environment = command_environment(
            os.environ, {**code.variables, **variables}, temporary=temporary, attempt=self._launch.attempt.attempt
        )
        start = CommandStart(
            words=[expand_references(word, variables) for word in code.words],
            working_directory=Path(code.folder) if code.folder else self._files.work,
            environment={**environment, ATTEMPT_VARIABLE: attempt_marker(self._launch.attempt)},
            log=self._files.log,
            secrets=self._secrets.masked,
            cpus=limits.cpus,
        )
        return start, with_sdk(wanted, words)

    def _with_environment(
        self, start: CommandStart, wanted: WantedPackages, environments: PackageEnvironments
    ) -> tuple[CommandStart, PackageEnvironment | None]:
        """In an environment with its packages; if there is none yet, it is made by the process itself."""
        environment = environments.find(wanted) if wanted else None
        if wanted and environment is None:
            command = environment_command(environments.folder, wanted, self._files.events, start.words)
            return dataclasses.replace(start, words=command), None
        if environment is not None:
            path = os.pathsep.join([str(environment.python.parent), start.environment["PATH"]])
            variables = {**start.environment, **environment.variables, "PATH": path}
            start = dataclasses.replace(start, environment=variables, lock=environment.lock)
        if start.lock is None and may_install(start.words):
            # The running environment is that of all tasks, and of jupyter_kfp.
            variables = own_environment(self._files.environment, start.environment)
            start = dataclasses.replace(start, environment=variables)
        return start, environment

    def _with_inputs(self, start: CommandStart) -> CommandStart:
        """After the copies that the process makes itself."""
        if not self._copies:
            return start
        words = inputs_command(self._copies, self._files.events, start.words)
        return dataclasses.replace(start, words=words)

    def _with_program(self, start: CommandStart, image: str | None) -> CommandStart:
        words = with_python(start.words, start.environment["PATH"])
        if find_program(words[0], start.environment["PATH"]) is None:
            raise missing_program(self._launch.name, words[0], image)
        return dataclasses.replace(start, words=words)
