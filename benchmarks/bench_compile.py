"""Compile a notebook of 1,000 cells in 200 steps: median of 5 fresh processes, imports included, and where it goes.

Run with ``python benchmarks/bench_compile.py``. The target is 2 seconds.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = 200
CELLS_PER_STEP = 5
REPEATS = 5
PHASES = {
    "read the file": "read_notebook",
    "group cells": "group_steps",
    "parse and find facts": "read_code",
    "trace and link": "make_step_graph",
    "build payloads and IR": "build",
    "write YAML": "to_yaml",
}
_SCRIPT = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.spec.ir_yaml import to_yaml
compiled = compile_notebook(Path(sys.argv[1]))
assert compiled.pipeline is not None, compiled.diagnostics
text = to_yaml(compiled.pipeline)
print(time.perf_counter() - started)
"""


def make_notebook(path: Path) -> None:
    """Steps in a grid: each reads what two before it made, calls functions of setup, changes things in place."""
    cells = [
        (
            "setup",
            "import numpy as np\nimport pandas as pd\n\ndef clean(frame, limit=3):\n    return frame[frame > limit]",
        ),
        ("parameters", "rows = 100\nseed = 7"),
    ]
    for step in range(STEPS):
        before = [f"frame_{other}" for other in (step - 1, step - 10) if other >= 0]
        sources = [
            f"# step {step}\nframe_{step} = pd.DataFrame({{'v': np.arange(rows) + {step}}})",
            *(f"for name, column in {other}.items():\n    frame_{step}[name + '_x'] = column * 2" for other in before),
            f"total_{step} = sum(len(clean(part)) for part in [frame_{step}])\nresults_{step} = []",
            f"try:\n    results_{step}.append({{'total': total_{step}}})\nexcept KeyError:\n    print(seed)",
            f"if total_{step} > {step}:\n    kept_{step} = frame_{step}.copy()\nelse:\n    kept_{step} = None",
            f"frame_{step}.describe()",
        ]
        cells += [(f"step:s{step}", source) for source in sources[:CELLS_PER_STEP]]
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": [tag]},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, (tag, source) in enumerate(cells)
        ],
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def measure(path: Path) -> tuple[float, float]:
    """Seconds inside the process, imports included, and of the process as a whole."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _SCRIPT, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout), time.perf_counter() - started


def shares(path: Path) -> dict[str, float]:
    """Share of each phase, from one profiled compilation."""
    from jupyter_kfp.compiler.compile_notebook import compile_notebook
    from jupyter_kfp.spec.ir_yaml import to_yaml

    profile = cProfile.Profile()
    profile.enable()
    compiled = compile_notebook(path)
    assert compiled.pipeline is not None
    to_yaml(compiled.pipeline)
    profile.disable()
    times = {
        function[2]: entry[3] for function, entry in pstats.Stats(profile).stats.items() if "jupyter_kfp" in function[0]
    }
    whole = times["compile_notebook"] + times["to_yaml"]
    return {phase: times[function] / whole for phase, function in PHASES.items()}


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.ipynb"
        make_notebook(path)
        taken = [measure(path) for _ in range(REPEATS)]
        inside, whole = (statistics.median(times) for times in zip(*taken, strict=True))
        print(f"{STEPS} steps, {STEPS * CELLS_PER_STEP} cells: {inside:.2f} s with imports, {whole:.2f} s as a process")
        for phase, share in shares(path).items():
            print(f"  {phase:24} {share:6.1%}")


if __name__ == "__main__":
    main()
