"""``make chaos``: as many kills as asked for, then what they did.

    python tests/chaos/chaos.py [KILLS] [--seed N]

The seed is printed first; a trial that fails leaves its folder for a look.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from shaken_runs import Shaker


def main() -> int:
    """Kill until enough was killed."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    values = parser.parse_args()
    print(f"seed {values.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="kfp-chaos-"))
    shaker = Shaker(folder, values.seed)
    try:
        while sum(shaker.tally.kills.values()) < values.kills:
            shaker.trial(kills=4)
            if shaker.tally.runs % 10 == 0:
                print(shaker.tally, flush=True)
    except BaseException:
        print(f"{shaker.tally}\nleft for a look: {folder}", flush=True)
        raise
    shutil.rmtree(folder)
    print(shaker.tally)
    return 0


if __name__ == "__main__":
    sys.exit(main())
