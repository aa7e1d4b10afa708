"""Which libraries the warm process loads before it forks, so that each step has them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

_SLOW_TO_IMPORT = {
    "numpy": ("numpy",),
    "pandas": ("pandas",),
    "scipy": ("scipy.stats",),
    "sklearn": ("sklearn.ensemble", "sklearn.linear_model"),
    "statsmodels": ("statsmodels.api",),
}
"""By top-level module: what to load. All are in `fork_safety.SAFE_TO_PRELOAD`.

Not matplotlib: it decides on its backend when it is imported, and only the kernel of the step knows which.
"""


def modules_worth_preloading(packages_of_steps: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Modules to load once instead of in each step, from the top-level modules that each step imports.

    A library that only one step imports gains nothing: the first step would wait for it either way.
    """
    uses = Counter(name for packages in packages_of_steps for name in set(packages))
    return tuple(module for name, modules in _SLOW_TO_IMPORT.items() if uses[name] > 1 for module in modules)
