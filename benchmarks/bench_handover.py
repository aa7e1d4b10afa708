"""Hand DataFrames and an array of 500 MB from step to step, beside plainly writing and reading as many bytes.

Run with ``python benchmarks/bench_handover.py [MEGABYTES]``. Saving is pickling, hashing, writing; loading is verifying
the digest, mapping, unpickling; the guard compares the unchanged value with its file when the reading step ends. The
reader is a process of its own. Targets: at most 1.5 times the plain write and read, a reader that does not hold the
value twice, and a guard that costs at most 5 % of saving and loading.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import pickle_value, save_pickled

REPEATS = 7
MB = 1_000_000
_READER = """
import json, sys, time
from pathlib import Path
import numpy, pandas
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import load_values, pickle_value
from jupyter_kfp.artifacts.serializers.unchanged_file import same_buffers, same_stream
from jupyter_kfp.artifacts.serializers.value_file import open_value_file

def memory():
    fields = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
        name, amount, *_ = line.split()
        fields[name.rstrip(":")] = int(amount) * 1024
    # Pages of the file are shared with the system's cache and all readers; anonymous ones are this process's own.
    return fields["Anonymous"], fields["Rss"]

path, digest = Path(sys.argv[1]), sys.argv[2]
before = memory()
plain = time.perf_counter()
with path.open("rb") as file:
    content = file.read()
plain = time.perf_counter() - plain
del content
opened = time.perf_counter()
file = open_value_file(path, digest)
verified = time.perf_counter()
value = load_values(file, {})["x"]
loaded = time.perf_counter()
after_load = memory()
for column in value.columns if hasattr(value, "columns") else [slice(None)]:
    value[column].max()
after_read = memory()
guard = time.perf_counter()
# What `worker.guard` does for a value that was not changed.
pickled = pickle_value(value, NotebookNames({}))
assert same_buffers(pickled, file)
if not same_stream(pickled.stream, [file.stream]):
    again = load_values(open_value_file(path, verify=False), {})["x"]
    assert same_stream(pickled.stream, pickle_value(again, NotebookNames({})).stream)
guard = time.perf_counter() - guard
after_guard = memory()
print(json.dumps({
    "plain read": plain, "verify": verified - opened, "unpickle": loaded - verified, "load": loaded - opened,
    "guard": guard,
    "own": max(each[0] for each in (after_load, after_read, after_guard)) - before[0],
    "mapped": after_read[1] - before[1],
}))
"""


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def plain_write(path: Path, content: memoryview) -> None:
    path.unlink(missing_ok=True)
    with path.open("wb", buffering=0) as file:
        rest = content
        while rest:
            rest = rest[file.write(rest) :]


def frame(size: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = size // (20 * 8)
    columns = {f"f{i}": rng.random(rows) for i in range(14)} | {f"i{i}": np.arange(rows) * i for i in range(5)}
    return pd.DataFrame(columns | {"when": pd.date_range("2013", periods=rows, freq="s")})


def mixed_frame(size: int) -> pd.DataFrame:
    """Numbers, dates, categories, nullable integers and text."""
    rng = np.random.default_rng(3)
    rows = size // 112
    words = np.array([f"customer {number}" for number in range(5000)], dtype=object)
    return pd.DataFrame(
        {f"f{i}": rng.random(rows) for i in range(6)}
        | {f"i{i}": rng.integers(0, 1000, rows) for i in range(3)}
        | {
            "when": pd.date_range("2013", periods=rows, freq="s"),
            "kind": pd.Categorical(rng.choice(["a", "b", "c"], rows), ordered=True),
            "flag": rng.random(rows) < 0.5,
            "count": pd.array(rng.integers(0, 9, rows), dtype="Int64"),
            "name": words[rng.integers(0, len(words), rows)],
        }
    )


def measure(name: str, value: object, folder: Path) -> None:
    path, plain = folder / "value", folder / "plain"
    names = NotebookNames({})
    times: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        path.unlink(missing_ok=True)
        started = time.perf_counter()
        pickled = pickle_value(value, names)
        dumped = time.perf_counter()
        written = save_pickled(path, ["x"], pickled)
        saved = time.perf_counter()
        content = memoryview(path.read_bytes())
        run = {"pickle": dumped - started, "hash and write": saved - dumped, "save": saved - started}
        run["plain write"] = seconds(lambda content=content: plain_write(plain, content))
        del content, pickled
        done = subprocess.run(
            [sys.executable, "-c", _READER, str(path), written.digest], capture_output=True, text=True, check=True
        )
        run |= json.loads(done.stdout)
        for key, amount in run.items():
            times.setdefault(key, []).append(amount)
    report(name, written.size, {key: statistics.median(amounts) for key, amounts in times.items()})


def report(name: str, size: int, medians: dict[str, float]) -> None:
    ours, plain = medians["save"] + medians["load"], medians["plain write"] + medians["plain read"]
    print(f"{name}, {size / MB:.0f} MB: save + load {ours * 1000:.0f} ms, plain write + read {plain * 1000:.0f} ms")
    print(f"  ratio {ours / plain:.2f} (target 1.5); guard {medians['guard'] / ours:.1%} of save + load (target 5 %)")
    parts = ("plain write", "plain read", "pickle", "hash and write", "save", "verify", "unpickle", "load", "guard")
    print("  " + ", ".join(f"{part} {medians[part] * 1000:.1f}" for part in parts) + " ms")
    print(
        f"  the reader's own memory grew by {medians['own'] / MB:.0f} MB, with the pages of the file by "
        f"{medians['mapped'] / MB:.0f} MB"
    )


def main() -> None:
    size = int(sys.argv[1]) * MB if len(sys.argv) > 1 else 500 * MB
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        measure("DataFrame of numbers", frame(size), Path(folder))
        measure("DataFrame of mixed types", mixed_frame(size), Path(folder))
        measure("array", np.random.default_rng(2).random(size // 8), Path(folder))


if __name__ == "__main__":
    main()
