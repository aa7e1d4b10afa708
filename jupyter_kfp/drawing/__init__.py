"""The graph of a pipeline as text, Mermaid, SVG and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from jupyter_kfp.drawing.edge_reasons import edge_reasons
from jupyter_kfp.drawing.node_states import node_states
from jupyter_kfp.drawing.task_graph import build_task_graph
from jupyter_kfp.runs.run import Task
from jupyter_kfp.spec.model import Pipeline

GraphFormat = Literal["text", "mermaid", "svg", "json"]

__all__ = ["GraphFormat", "draw"]


def draw(
    pipeline: Pipeline,
    format: GraphFormat,  # noqa: A002  the word that the command line has for it
    *,
    states: Iterable[Task] | None = None,
    ascii_only: bool = False,
    width: int | None = None,
    variables: bool = False,
) -> str:
    """Draw the graph of a pipeline; the text ends with a newline.

    Parameters
    ----------
    pipeline:
        Any KFP v2 pipeline; one that we compiled also tells of cells and variables.
    format:
        ``text`` for a terminal, ``mermaid`` for Markdown, ``svg`` for pages and READMEs, ``json`` for programs.
    states:
        Tasks of a run, as `MetadataStore.tasks` gives them: nodes then show how far each is.
    ascii_only:
        Whether a terminal cannot show more than ASCII; for ``text`` only.
    width:
        Columns at which lines are cut; for ``text`` only.
    variables:
        Whether to tell of each edge which variables travel, and the lines that write and read them.

    Raises `KfpError` KFP441 and KFP442 if the pipeline's tasks do not fit together, KFP351 if the code of a step cannot
    be read.

    """
    graph = build_task_graph(pipeline)
    reasons = edge_reasons(pipeline) if variables else []
    told = node_states(states) if states is not None else None
    # Each drawing is loaded when it is asked for.
    match format:
        case "text":
            from jupyter_kfp.drawing.reasons_text import reasons_text
            from jupyter_kfp.drawing.text_drawing import draw_text

            text = draw_text(graph, told, ascii_only=ascii_only, width=width)
            return f"{text}\n{reasons_text(reasons, width=width)}" if variables else text
        case "mermaid":
            from jupyter_kfp.drawing.mermaid_drawing import draw_mermaid

            return draw_mermaid(graph, told, reasons)
        case "svg":
            from jupyter_kfp.drawing.svg_drawing import draw_svg

            return draw_svg(graph, told, reasons)
        case "json":
            from jupyter_kfp.drawing.graph_json import draw_json

            return draw_json(graph, told, reasons)
