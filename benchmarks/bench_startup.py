"""What a command costs before it does anything: medians of wall seconds, side by side with bare Python.

    python benchmarks/bench_startup.py [REPEATS]

With ``--imports COMMAND...`` it prints the slowest imports of one command instead, e.g. ``--imports runs``.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CELLS = [(["step:a"], "x = 1"), (["step:b"], "print(x)")]


def write_notebook(path: Path) -> None:
    """Two steps."""
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, (tags, source) in enumerate(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document), encoding="utf-8")


def seconds(command: list[str], environment: dict[str, str], folder: Path) -> float:
    """Wall seconds from command to exit."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def print_imports(arguments: list[str]) -> None:
    """The thirty slowest imports, with what they import themselves, in ms."""
    command = [sys.executable, "-X", "importtime", "-m", "jupyter_kfp.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [
        line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:") and "[us]" not in line
    ]
    for _, cumulative, name in sorted(rows, key=lambda row: -int(row[1]))[:30]:
        print(f"{int(cumulative) / 1000:8.1f}  {name.strip()}")


def main() -> None:
    """Measure in turns."""
    if sys.argv[1:2] == ["--imports"]:
        print_imports(sys.argv[2:])
        return
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    folder = Path(tempfile.mkdtemp(prefix="kfp-bench-"))
    environment = {**os.environ, "JUPYTER_KFP_HOME": str(folder / "home")}
    kfp = [str(BIN / "jupyter"), "kfp"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import jupyter_core.application": [sys.executable, "-c", "import jupyter_core.application"],
        "jupyter --version": [str(BIN / "jupyter"), "--version"],
        "jupyter kfp --version": [*kfp, "--version"],
        "jupyter kfp check": [*kfp, "check", "nb.ipynb"],
        "jupyter kfp runs": [*kfp, "runs"],
        "jupyter kfp run, all cached": [*kfp, "run", "nb.ipynb"],
    }
    try:
        write_notebook(folder / "nb.ipynb")
        seconds(commands["jupyter kfp run, all cached"], environment, folder)
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                taken[name].append(seconds(command, environment, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, values in taken.items():
        print(f"{name:34} {statistics.median(values) * 1000:6.0f} ms")
    print(f"all cached: {statistics.median(taken['jupyter kfp run, all cached']):.2f} s (target <= 0.5 s)")


if __name__ == "__main__":
    main()
