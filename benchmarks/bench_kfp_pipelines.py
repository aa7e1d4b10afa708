"""Pipelines of trivial Python components that the KFP SDK compiled, run here and by the SDK's own local runner.

    KFP_PYTHON=PYTHON_WITH_KFP python benchmarks/bench_kfp_pipelines.py [ROUNDS]

A chain of five tasks, five tasks side by side, a loop over five items. Wall time and CPU time (of all processes) of
one whole run without caching, medians: `jupyter kfp run`, `kfp.local` without and with (its default) a virtual
environment for each task. The first run here, which makes the environment of the components, is shown for itself.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from whole_commands import adopt_orphans, timed

KFP_PYTHON = os.environ.get("KFP_PYTHON", ".cache/kfp-venv/bin/python")

PIPELINES = """
from kfp import compiler, dsl

@dsl.component
def add_one(number: int) -> int:
    return number + 1

@dsl.pipeline
def chain(start: int = 1):
    task = add_one(number=start)
    for _ in range(4):
        task = add_one(number=task.output)

@dsl.pipeline
def fan_out(start: int = 1):
    for _ in range(5):
        add_one(number=start)

@dsl.pipeline
def parallel_for():
    with dsl.ParallelFor([1, 2, 3, 4, 5]) as item:
        add_one(number=item)
"""
COMPILE = (
    PIPELINES
    + """
import sys
for one in (chain, fan_out, parallel_for):
    compiler.Compiler().compile(one, f"{sys.argv[1]}/{one.name}.yaml")
"""
)
RUN_LOCAL = """
import sys
from kfp import local
local.init(runner=local.SubprocessRunner(use_venv=sys.argv[2] == "venv"), pipeline_root=sys.argv[1])
import pipelines
getattr(pipelines, sys.argv[3])()
"""
NAMES = {"chain": "chain", "fan-out": "fan_out", "parallel-for": "parallel_for"}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    adopt_orphans()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "JUPYTER_KFP_HOME": str(folder / "home")}
        (folder / "pipelines.py").write_text(PIPELINES)
        (folder / "compile.py").write_text(COMPILE)
        (folder / "run_local.py").write_text(RUN_LOCAL)
        subprocess.run([KFP_PYTHON, "compile.py", name], cwd=folder, check=True, capture_output=True)
        ours = [sys.executable, "-m", "jupyter_kfp.cli", "run", "--no-cache"]
        first, _ = timed([*ours, "chain.yaml"], environment, folder)
        print(f"first run here, with its environment: {first:.2f} s")
        print(f"{'pipeline':14}{'runner':22}{'wall s':>8}{'ratio':>7}{'CPU s':>8}")
        for yaml, function in NAMES.items():
            runners = {
                "jupyter kfp run": [*ours, f"{yaml}.yaml"],
                "kfp.local, no venv": [KFP_PYTHON, "run_local.py", name, "none", function],
                "kfp.local, venv": [KFP_PYTHON, "run_local.py", name, "venv", function],
            }
            base = 0.0
            for runner, command in runners.items():
                times = [timed(command, environment, folder) for _ in range(1 if runner.endswith(", venv") else rounds)]
                wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
                base = base or wall
                print(f"{yaml:14}{runner:22}{wall:8.2f}{wall / base:7.2f}{cpu:8.2f}", flush=True)


if __name__ == "__main__":
    main()
