"""The graph for a terminal: one line per step, edges as lanes at the left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jupyter_kfp.drawing.lanes import LaneRow, Lanes, lane_rows, reduce_edges
from jupyter_kfp.drawing.node_states import Icon, NodeState
from jupyter_kfp.drawing.node_text import cells_text, group_text, names_text, node_name
from jupyter_kfp.drawing.task_graph import GraphNode, TaskGraph
from jupyter_kfp.drawing.text_width import cell_width, fit_cells, one_line
from jupyter_kfp.ids import TaskPath

_NAME_COLUMNS = 32
_STEP, _GROUP, _INSIDE = "●", "▼", "┆"
_ICONS: dict[Icon, str] = {
    "pending": "○",
    "running": "◐",
    "retrying": "↻",
    "succeeded": "✔",
    "cached": "↺",
    "failed": "✖",
    "not-run": "⊘",
    "skipped": "»",
    "paused": "‖",
    "canceled": "⊗",
}
# Which sides of a cell a line leaves: up, down, left, right.
_CORNERS = {
    "ud": "│", "lr": "─", "dr": "╭", "dl": "╮", "ur": "╰", "ul": "╯",
    "udr": "├", "udl": "┤", "dlr": "┬", "ulr": "┴", "udlr": "┼",
}  # fmt: skip
_ASCII = str.maketrans(
    {
        "│": "|", "─": "-", "╭": ".", "╮": ".", "╰": "`", "╯": "'", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
        "●": "*", "▼": "v", "┆": ":", "○": "o", "◐": ">", "↻": "~", "✔": "*", "↺": "=", "✖": "x", "⊘": "-", "»": "/",
        "‖": "=", "⊗": "!", "→": "->", "·": "-", "…": "...",
    }
)  # fmt: skip


class _Line(NamedTuple):
    """A line before its columns are aligned; connectors have no name."""

    graph: str
    name: str = ""
    state: str = ""
    cells: str = ""
    flow: str = ""


def draw_text(
    graph: TaskGraph,
    states: Mapping[TaskPath, NodeState] | None = None,
    *,
    ascii_only: bool = False,
    width: int | None = None,
) -> str:
    """Draw the graph; edges that a longer way shows too are left out.

    With `ascii_only` the lines are made of ASCII characters; names stay as they are. Lines are cut at `width` columns.
    """
    lines = list(_level(graph, states or {}, ""))
    if not lines:
        return "No steps\n"
    if ascii_only:
        lines = [_Line(*(part.translate(_ASCII) for part in line)) for line in lines]
    widths = [max(cell_width(line[index]) for line in lines if line.name) for index in range(len(lines[0]))]
    text = ""
    for line in lines:
        padded = "  ".join(_pad(part, columns) for part, columns in zip(line, widths, strict=True) if columns)
        whole = padded.rstrip() if line.name else line.graph.rstrip()
        if width is not None and cell_width(whole) > width:
            whole = fit_cells(whole, width - 2).translate(_ASCII) if ascii_only else fit_cells(whole, width)
        text += whole + "\n"
    return text


def _level(graph: TaskGraph, states: Mapping[TaskPath, NodeState], prefix: str) -> Iterator[_Line]:
    nodes = {node.path: node for node in graph.nodes}
    order = [node.path for node in graph.nodes]
    followers: dict[str, list[str]] = {path: [] for path in order}
    reads: dict[str, list[str]] = {path: [] for path in order}
    for edge in graph.edges:
        followers[edge.source].append(edge.target)
        reads[edge.target] += [name for name in edge.variables if name not in reads[edge.target]]
    rows = lane_rows(order, reduce_edges(order, followers))
    for above, row in zip([None, *rows], rows, strict=False):
        if above and row.is_start and row.column == above.column:
            # Without a gap it would look as if the node followed the one above.
            yield _Line(prefix + _lanes_text(above.after, row.column, " "))
        node = nodes[TaskPath(row.node)]
        state = states.get(node.path)
        sign = _ICONS[state.icon] if state else _STEP if node.inner is None else _GROUP
        name = fit_cells(node_name(node), _NAME_COLUMNS)
        told = one_line(state.text) if state else ""
        lanes = prefix + _lanes_text(row.before, row.column, sign)
        yield _Line(lanes, name, told, cells_text(node.cells), _flow(node, reads[row.node]))
        if node.inner is not None:
            yield from _level(node.inner, states, prefix + _lanes_text(row.before, row.column, _INSIDE) + " ")
        connector = _connector(row)
        if connector:
            yield _Line(prefix + connector)


def _flow(node: GraphNode, reads: list[str]) -> str:
    """What a step reads and makes, and when a group runs."""
    read, made = names_text(reads), names_text([*node.makes, *node.logs])
    flow = f"{read} → {made}".strip() if made else f"{read} →" if read else ""
    return " · ".join(part for part in (group_text(node), flow) if part)


def _lanes_text(lanes: Lanes, column: int, sign: str) -> str:
    signs = [sign if index == column else "│" if lane else " " for index, lane in enumerate(lanes)]
    return " ".join(signs).rstrip()


def _connector(row: LaneRow) -> str:
    """The line between two nodes on which lanes begin, end and join; empty if nothing changes."""
    if row.joins in ((row.column,), ()):
        return ""
    first, last = min(*row.joins, row.column), max(*row.joins, row.column)
    goes_on = {index for index, lane in enumerate(row.after) if lane is not None}
    came = {index for index, lane in enumerate(row.before) if lane is not None}
    text = ""
    for column in range(max(len(row.after), last + 1)):
        is_end = column in row.joins or column == row.column
        crosses = first <= column <= last
        sides = "u" if column in came else ""
        sides += "d" if column in goes_on else ""
        if is_end or not sides:
            sides += "l" if crosses and column > first else ""
            sides += "r" if crosses and column < last else ""
        text += _CORNERS.get(sides, " ")
        text += "─" if first <= column < last else " "
    return text.rstrip()


def _pad(text: str, width: int) -> str:
    return text + " " * (width - cell_width(text))
