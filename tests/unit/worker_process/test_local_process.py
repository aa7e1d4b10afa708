"""Parts of the local executor that need no process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.fork_safety import (
    checked_preload,
    environment_differs,
    shadowing_modules,
    unsafe_reason,
)
from jupyter_kfp.executors.local_process.local_process_executor import read_log
from jupyter_kfp.executors.local_process.resource_limits import options_without_effect, resource_limits
from jupyter_kfp.executors.local_process.worker_command import packed_step
from jupyter_kfp.spec.model import (
    ComponentSpec,
    ContainerSpec,
    DeploymentSpec,
    ExecutorSpec,
    Pipeline,
    PipelineInfo,
    PipelineSpec,
    PlatformDeployment,
    PlatformSpec,
    Resources,
    SinglePlatformSpec,
)


@pytest.mark.parametrize("python", ["python", "python3", "/opt/env/bin/python3.12"])
def test_a_notebook_step_is_recognised(python: str) -> None:
    container = ContainerSpec(
        command=[python, "-m", "jupyter_kfp.worker"], args=["--step", "PACKED", "--executor_input", "{{$}}"]
    )
    assert packed_step(container) == "PACKED"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sh", "-c", "echo"],
        ["python3", "-m", "jupyter_kfp.worker"],
        ["python3", "-m", "jupyter_kfp.worker", "--step"],
    ],
)
def test_other_commands_are_refused(words: list[str]) -> None:
    with pytest.raises(KfpError) as refused:
        packed_step(ContainerSpec(command=words))
    assert refused.value.code == "KFP391"


def test_no_resources_no_limits() -> None:
    limits = resource_limits(ContainerSpec())
    assert (limits.cpus, limits.memory_bytes) == (None, None)


def test_limits_are_read_in_both_forms() -> None:
    assert resource_limits(ContainerSpec(resources=Resources(resource_memory_limit="1Gi"))).memory_bytes == 2**30
    assert resource_limits(ContainerSpec(resources=Resources(memory_limit=0.5))).memory_bytes == 5 * 10**8
    cpus = resource_limits(ContainerSpec(resources=Resources(cpu_limit=0.5))).cpus
    assert cpus is None or len(cpus) == 1
    assert resource_limits(ContainerSpec(resources=Resources(resource_cpu_limit="4096"))).cpus is None


@pytest.mark.parametrize("resources", [Resources(resource_memory_limit="4 GB"), Resources(resource_cpu_limit="two")])
def test_quantities_that_cannot_be_read_are_refused(resources: Resources) -> None:
    with pytest.raises(KfpError) as refused:
        resource_limits(ContainerSpec(resources=resources))
    assert refused.value.code == "KFP393"


def test_options_without_effect_are_told_once() -> None:
    container = ContainerSpec(image="acme/image:1", resources=Resources(resource_cpu_request="1"))
    executors = {"a": ExecutorSpec(container=container), "b": ExecutorSpec(container=container)}
    kubernetes = PlatformDeployment(executors={"a": {"nodeSelector": {}, "secretAsEnv": []}, "b": {"tolerations": []}})
    pipeline = Pipeline(
        spec=PipelineSpec(
            pipeline_info=PipelineInfo(name="p"),
            root=ComponentSpec(),
            deployment_spec=DeploymentSpec(executors=executors),
        ),
        platform=PlatformSpec(platforms={"kubernetes": SinglePlatformSpec(deployment_spec=kubernetes)}),
    )
    notes = options_without_effect(pipeline)
    assert len(notes) == 3
    assert "acme/image:1" in notes[0]
    assert "node selector, tolerations" in notes[2]
    plain = Pipeline(spec=PipelineSpec(pipeline_info=PipelineInfo(name="p"), root=ComponentSpec()))
    assert options_without_effect(plain) == []


def test_modules_that_would_shadow_loaded_ones_are_found(tmp_path: Path) -> None:
    for name in ("json.py", "my_own.py", "notes.txt", "re.txt"):
        (tmp_path / name).touch()
    for package in ("logging", "traceback", "data"):
        (tmp_path / package).mkdir()
    (tmp_path / "logging" / "__init__.py").touch()
    assert shadowing_modules(str(tmp_path)) == {"json.py", "logging"}
    reason = unsafe_reason("python3", str(tmp_path))
    assert reason is not None
    assert "json.py, logging" in reason


def test_the_kernel_of_this_python_may_be_forked(tmp_path: Path) -> None:
    assert unsafe_reason("python3", str(tmp_path)) is None
    assert unsafe_reason("no-such-kernel", str(tmp_path)) is not None


def test_a_variable_that_python_reads_at_its_start_needs_a_new_process() -> None:
    assert not environment_differs(os.environ)
    assert not environment_differs({**os.environ, "MY_OWN": "1"})
    assert environment_differs({**os.environ, "PYTHONHASHSEED": "7"})
    assert environment_differs({**os.environ, "LD_PRELOAD": "x.so"})


def test_only_known_modules_are_preloaded() -> None:
    assert checked_preload(["numpy", "pandas"]) == ["numpy", "pandas"]
    with pytest.raises(KfpError, match="torch") as refused:
        checked_preload(["numpy", "torch"])
    assert refused.value.code == "KFP394"


def test_a_log_is_read_by_bytes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes("aübc".encode())
    assert read_log(path, offset=0, limit=2).data == b"a\xc3"
    assert read_log(path, offset=-2, limit=10).data == b"bc"
    assert read_log(path, offset=-99, limit=1).offset == 0


def test_the_executor_loads_neither_jupyter_nor_papermill() -> None:
    code = (
        "import sys, jupyter_kfp.executors.local_process.local_process_executor as _\n"
        "print([m for m in ('papermill', 'nbformat', 'jupyter_client', 'IPython', 'zmq') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
