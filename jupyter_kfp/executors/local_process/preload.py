"""Which libraries the warm process loads before it forks, so that each step has them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.extension import read_extension
from jupyter_kfp.spec.model import Pipeline

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


def preload_of(pipeline: Pipeline, settings: Settings) -> tuple[str, ...]:
    """Modules to load once for a pipeline: what the user has said, else what its steps import."""
    deployment = pipeline.spec.deployment_spec
    extension = read_extension(deployment.extension) if deployment else None
    if settings.preload_modules or extension is None:
        return settings.preload_modules
    return modules_worth_preloading(step.packages for step in extension.steps.values())
