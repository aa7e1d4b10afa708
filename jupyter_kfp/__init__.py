"""Kubeflow Pipelines, inside Jupyter.

In any cell: ``jupyter_kfp.log_metric("accuracy", 0.9)`` and its siblings. They do nothing harmful when the notebook is
run by hand. Everything is imported at first use, so that ``import jupyter_kfp`` stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_kfp._version import __version__

if TYPE_CHECKING:
    from jupyter_kfp.worker.user_log import (
        log_artifact,
        log_confusion_matrix,
        log_figure,
        log_html,
        log_markdown,
        log_metric,
        log_params,
        log_roc_curve,
    )

__all__ = [
    "__version__",
    "log_artifact",
    "log_confusion_matrix",
    "log_figure",
    "log_html",
    "log_markdown",
    "log_metric",
    "log_params",
    "log_roc_curve",
]


def __getattr__(name: str) -> Any:
    """Load the functions for user code at first use."""
    if name in __all__:
        import importlib

        return getattr(importlib.import_module("jupyter_kfp.worker.user_log"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Public names."""
    return sorted(__all__)
