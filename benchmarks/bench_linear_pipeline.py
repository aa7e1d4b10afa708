"""A 10-step linear notebook with trivial cells: our pipeline, from command to exit, against papermill's command.

Both run the same notebook with caching out of play (ours gets a new home each time). Prints wall and CPU seconds
(children included), medians, and the ratio. Then the same pipeline again, all cached.

    python benchmarks/bench_linear_pipeline.py [REPEATS]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from whole_commands import adopt_orphans, timed

STEPS = 10
BIN = Path(sys.executable).parent


def write_notebook(path: Path) -> None:
    """Each step adds one to what the step before it made."""
    cells = []
    for step in range(STEPS):
        source = f"x{step} = {'0' if step == 0 else f'x{step - 1} + 1'}\nprint(x{step})"
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [f"step:s{step}"]}, id=f"cell-{step}")
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def main() -> None:
    """Measure side by side, alternating."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    folder = Path(tempfile.mkdtemp(prefix="kfp-bench-"))
    notebook = folder / "linear.ipynb"
    write_notebook(notebook)
    adopt_orphans()
    ours, cached, theirs, bare = [], [], [], []
    try:
        for repeat in range(repeats):
            environment = {**os.environ, "JUPYTER_KFP_HOME": str(folder / f"home{repeat}")}
            run = [str(BIN / "jupyter"), "kfp", "run", "linear.ipynb"]
            ours.append(timed(run, environment, folder))
            cached.append(timed(run, environment, folder))
            papermill = [str(BIN / "papermill"), "linear.ipynb", "out.ipynb", "--no-progress-bar"]
            theirs.append(timed(papermill, dict(os.environ), folder))
            bare.append(timed([sys.executable, "-c", "import sqlalchemy, traitlets"], dict(os.environ), folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = {
        "jupyter kfp run": ours,
        "again, all cached": cached,
        "papermill": theirs,
        "python, import sqlalchemy": bare,
    }
    for name, values in rows.items():
        wall = statistics.median(value[0] for value in values)
        cpu = statistics.median(value[1] for value in values)
        print(f"{name:28} {wall:7.2f} s wall {cpu:7.2f} s CPU")
    ratio = statistics.median(o[0] / t[0] for o, t in zip(ours, theirs, strict=True))
    print(f"ratio jupyter kfp run / papermill: {ratio:.2f} (target <= 1.5)")
    print(f"all cached: {statistics.median(value[0] for value in cached):.2f} s (target <= 0.5 s)")


if __name__ == "__main__":
    main()
