"""Draw figures of any library, told apart by what they can do, so that no library is imported for it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from jupyter_kfp.errors import KfpError

Drawing = tuple[bytes, str, str, str]
"""Content, file suffix, KFP type, MIME type."""


class Figure:
    """A figure that can be drawn."""

    def __init__(self, name: str, draw: Callable[[], Drawing]) -> None:
        self._name = name
        self._draw = draw

    def render(self) -> Drawing:
        """Draw. Raises `KfpError` KFP326 with the library's reason if that fails."""
        try:
            return self._draw()
        except Exception as error:
            raise KfpError(
                "KFP326", f"log_figure: {self._name} cannot be drawn: {type(error).__name__}: {error}"
            ) from error


def recognise(figure: Any, name: str) -> Figure:
    """Find out how to draw a figure. Raises `KfpError` KFP326 if there is no way."""
    saving = [each for each in (figure, getattr(figure, "figure", None)) if callable(getattr(each, "savefig", None))]
    if saving:
        return Figure(name, lambda: _png(saving[0]))
    if callable(getattr(figure, "to_html", None)):
        return Figure(name, lambda: _html(figure.to_html()))
    if type(figure).__module__.startswith("bokeh."):
        return Figure(name, lambda: _html(_bokeh_page(figure, name)))
    if callable(getattr(figure, "_repr_html_", None)):
        return Figure(name, lambda: _html(figure._repr_html_()))
    raise KfpError(
        "KFP326",
        f"log_figure: {name} of type {type(figure).__name__} is not a figure that can be drawn",
        hint="pass a figure of matplotlib, plotly, altair or bokeh, or save it to a file and use log_artifact",
    )


def _png(figure: Any) -> Drawing:
    content = io.BytesIO()
    figure.savefig(content, format="png", bbox_inches="tight")
    return content.getvalue(), ".png", "system.Artifact", "image/png"


def _html(page: str) -> Drawing:
    return page.encode(), ".html", "system.HTML", "text/html"


def _bokeh_page(figure: Any, title: str) -> str:
    import importlib

    # Imported by the user's code already; its scripts are put inside, so that the page needs no network.
    page: str = importlib.import_module("bokeh.embed").file_html(figure, "inline", title)
    return page
