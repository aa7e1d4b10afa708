"""Functions whose result is another one in each process: the time, identifiers, random numbers without a seed."""

from __future__ import annotations

import re

from jupyter_kfp.dataflow.process_state import drawn_generator

_FRESH = re.compile(
    r"uuid\.uuid[14]|secrets\.\w+|os\.(urandom|getpid)|time\.(time|time_ns|perf_counter|monotonic|process_time)"
    r"|datetime\.(datetime|date)\.(now|utcnow|today)|pandas\.Timestamp\.(now|utcnow|today)"
    r"|tempfile\.(mkdtemp|mkstemp|mktemp|TemporaryDirectory|NamedTemporaryFile)"
)
_UNSEEDED_MAKERS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
_MOSTLY_FIXED = ("torch.nn.", "torch.utils.", "torchvision.")
"""Modules of which most functions and classes draw nothing: losses, layers without weights, data sets."""


def is_fresh(path: str, *, given: bool, keywords: tuple[str, ...], seeded: set[str]) -> bool:
    """Whether calling a function, `given` arguments or not, gives another result in each process.

    `seeded` are the hidden variables of generators that were seeded before.
    """
    if path in _UNSEEDED_MAKERS:
        return not given
    if _FRESH.fullmatch(path):
        return True
    if path.startswith(_MOSTLY_FIXED):
        return False
    generator = drawn_generator(path, keywords)
    return generator is not None and generator.variable not in seeded


def gives_fresh(path: str) -> bool:
    """Whether a function gives another result in each process whatever it is given."""
    return _FRESH.fullmatch(path) is not None
