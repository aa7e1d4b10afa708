"""What a cell may log: metrics, parameters, files, figures. Imported as ``jupyter_kfp.log_metric`` and so on.

In a pipeline the worker connects these functions to a folder and a file of events. In a notebook that is run by hand
they check their arguments and do nothing else, so that a mistake shows before the pipeline does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.worker_events import ArtifactLogged, MetricLogged, ParamsLogged
from jupyter_kfp.worker import logged_figure, logged_values
from jupyter_kfp.worker.log_sink import LogSink

_DEFAULT_TITLES = ("Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "SlicedClassificationMetrics",
                   "HTML", "Markdown")  # fmt: skip


class _Connection:
    sink: LogSink | None = None


def connect(log_folder: str, events_path: str | None) -> None:
    """Direct what is logged from now on to a folder and a file of events; an empty folder disconnects."""
    _Connection.sink = LogSink(Path(log_folder), Path(events_path) if events_path else None) if log_folder else None


def log_metric(name: str, value: float, step: int | None = None) -> None:
    """Log a number, such as an accuracy; with `step` (an epoch, an iteration) as one point of a series.

    numpy's and other libraries' scalars are taken. Raises `KfpError` KFP321 if the value is not a finite number, KFP322
    for a bad name.
    """
    name = logged_values.checked_name(name, "log_metric")
    number = logged_values.finite_number(value, f"log_metric({name!r}, ...): the value")
    position = logged_values.step_number(step, f"log_metric({name!r}, ...): step")
    sink = _Connection.sink
    if sink is not None:
        sink.append(MetricLogged(at=sink.now(), name=name, value=number, step=position))


def log_params(params: Mapping[str, Any] | None = None, /, **values: Any) -> None:
    """Log settings, such as hyperparameters: ``log_params(depth=3)`` or ``log_params({"depth": 3})``.

    Values may be strings, numbers, booleans, None, and lists and dicts of these. Raises `KfpError` KFP323 for others.
    """
    plain = logged_values.plain_params(params, values)
    sink = _Connection.sink
    if sink is not None:
        sink.append(ParamsLogged(at=sink.now(), values=plain))


def log_artifact(path: str | os.PathLike[str], name: str | None = None, type: str = "Artifact") -> None:  # noqa: A002
    """Log a file or a folder; it is copied as it is now.

    `type` is a KFP title, with or without ``system.``: Artifact, Dataset, Model, HTML, Markdown and so on, or a title
    of your own with a dot, such as ``acme.Report``. Raises `KfpError` KFP324 if the path does not exist, KFP325 for a
    type that KFP does not know.
    """
    source = logged_values.existing_path(path, "log_artifact")
    title = artifact_title(type)
    label = logged_values.checked_name(source.name if name is None else name, "log_artifact")
    sink = _Connection.sink
    if sink is not None:
        sink.append(_artifact(sink, label, title, sink.keep(source, label)))


def log_figure(fig: Any, name: str) -> None:
    """Log a figure: of matplotlib (or seaborn, an Axes too) as PNG; of plotly, altair, bokeh and others as HTML.

    Nothing is displayed and the figure stays open. Raises `KfpError` KFP326 for what cannot be drawn.
    """
    label = logged_values.checked_name(name, "log_figure")
    figure = logged_figure.recognise(fig, label)
    sink = _Connection.sink
    if sink is None:
        return
    content, suffix, title, mime = figure.render()
    sink.append(_artifact(sink, label, title, sink.write(content, label, suffix), {"mime_type": mime}))


def log_html(text_or_path: str | os.PathLike[str], name: str) -> None:
    """Log HTML: the text itself, or a file: a `pathlib.Path`, or a string of one line that ends in ``.html``."""
    _log_text(text_or_path, name, "log_html", (".html", ".htm"), "system.HTML")


def log_markdown(text_or_path: str | os.PathLike[str], name: str) -> None:
    """Log Markdown: the text itself, or a file: a `pathlib.Path`, or a string of one line that ends in ``.md``."""
    _log_text(text_or_path, name, "log_markdown", (".md", ".markdown"), "system.Markdown")


def log_confusion_matrix(
    labels: Sequence[Any], matrix: Sequence[Sequence[float]], name: str = "confusion-matrix"
) -> None:
    """Log a confusion matrix: one row per true label, one column per predicted one, as scikit-learn makes it.

    Raises `KfpError` KFP327 if the matrix is not square, of the length of `labels`.
    """
    label = logged_values.checked_name(name, "log_confusion_matrix")
    _log_classification(label, {"confusionMatrix": logged_values.confusion_matrix(labels, matrix)})


def log_roc_curve(
    fpr: Sequence[float], tpr: Sequence[float], thresholds: Sequence[float], name: str = "roc-curve"
) -> None:
    """Log a ROC curve: false and true positive rates at thresholds, three sequences of one length.

    scikit-learn's first threshold is infinite, which JSON cannot carry; it becomes the next one plus 1. Raises
    `KfpError` KFP328 for other values that are not finite, rates outside 0 to 1, or differing lengths.
    """
    label = logged_values.checked_name(name, "log_roc_curve")
    _log_classification(label, {"confidenceMetrics": logged_values.roc_curve(fpr, tpr, thresholds)})


def artifact_title(title: str) -> str:
    """KFP's full title of a type given with or without ``system.``. Raises `KfpError` KFP325."""
    if isinstance(title, str):
        short = title.removeprefix("system.")
        known = {each.lower(): each for each in _DEFAULT_TITLES}
        if short.lower() in known:
            return f"system.{known[short.lower()]}"
        if "." in title.strip(".") and not title.startswith("system."):
            return title
    raise KfpError(
        "KFP325",
        f"log_artifact: type {title!r} is not a KFP type",
        hint=f"one of {', '.join(_DEFAULT_TITLES)}, or a title of your own with a dot, such as 'acme.Report'",
    )


def _artifact(
    sink: LogSink, name: str, title: str, path: Path, metadata: dict[str, Any] | None = None
) -> ArtifactLogged:
    kept = {"file_name": path.name, **(metadata or {})}
    return ArtifactLogged(at=sink.now(), name=name, type=title, path=str(path), metadata=kept)


def _log_text(
    text_or_path: str | os.PathLike[str], name: str, caller: str, suffixes: tuple[str, ...], title: str
) -> None:
    label = logged_values.checked_name(name, caller)
    source = logged_values.text_or_file(text_or_path, caller, suffixes)
    sink = _Connection.sink
    if sink is None:
        return
    if isinstance(source, Path):
        sink.append(_artifact(sink, label, title, sink.keep(source, label)))
    else:
        sink.append(_artifact(sink, label, title, sink.write(source.encode(), label, suffixes[0])))


def _log_classification(name: str, metadata: dict[str, Any]) -> None:
    sink = _Connection.sink
    if sink is not None:
        path = sink.write(msgspec.json.encode(metadata), name, ".json")
        sink.append(_artifact(sink, name, "system.ClassificationMetrics", path, metadata))
