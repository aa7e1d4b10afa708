"""The graph as one self-contained SVG: both themes, no scripts, no outside files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from math import ceil
from typing import NamedTuple
from xml.sax.saxutils import escape

from jupyter_kfp.drawing import svg_style as style
from jupyter_kfp.drawing.edge_reasons import EdgeReason
from jupyter_kfp.drawing.layered_layout import Box, Layout, LayoutEdge, Point, lay_out
from jupyter_kfp.drawing.node_states import NodeState
from jupyter_kfp.drawing.node_text import detail_text, edge_text, group_text, names_text, node_name, summary
from jupyter_kfp.drawing.reasons_text import reason_notes
from jupyter_kfp.drawing.svg_icons import colour_class, icon_svg
from jupyter_kfp.drawing.task_graph import GraphEdge, GraphNode, TaskGraph
from jupyter_kfp.drawing.text_width import fit_font, font_width, one_line
from jupyter_kfp.ids import TaskPath, root_path

_NO_STEPS = "No steps"


class _Arranged(NamedTuple):
    """A graph with its layout, and those of its groups by their path."""

    graph: TaskGraph
    layout: Layout
    inner: dict[TaskPath, _Arranged]


def draw_svg(
    graph: TaskGraph, states: Mapping[TaskPath, NodeState] | None = None, reasons: Sequence[EdgeReason] = ()
) -> str:
    """Draw the graph; with `states` nodes tell how far a run is, with `reasons` the notes of edges why they are."""
    notes = {(root_path(one.source), root_path(one.target)): reason_notes(one) for one in reasons}
    return _Drawing(graph, states or {}, notes).svg()


class _Drawing:
    """One SVG in the making."""

    def __init__(
        self,
        graph: TaskGraph,
        states: Mapping[TaskPath, NodeState],
        notes: Mapping[tuple[TaskPath, TaskPath], list[str]],
    ) -> None:
        self._graph = graph
        self._notes = notes
        self._states = states
        self._arranged = _arrange(graph)
        # Ids are unique per picture: several may stand in one page.
        facts = repr((graph, sorted(states.items()))).encode("utf-8", "replace")
        self._id = "kfp-" + blake2b(facts, digest_size=6).hexdigest()
        self._colours = {
            step.path: style.STEP_PALETTE[index % len(style.STEP_PALETTE)] for index, step in enumerate(graph.steps())
        }

    def svg(self) -> str:
        """The whole document."""
        layout = self._arranged.layout
        width, height = max(layout.width, 120) + 2 * style.MARGIN, max(layout.height, 20) + 2 * style.MARGIN
        title = f"Pipeline {one_line(self._graph.name)}"
        body = self._level(self._arranged) if self._graph.nodes else self._empty()
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{self._id}-title {self._id}-desc">'
        )
        return "\n".join(
            [
                head,
                f'<title id="{self._id}-title">{_text(title)}</title>',
                f'<desc id="{self._id}-desc">{_text(self._description())}</desc>',
                f"<style>{style.style_sheet()}</style>",
                self._clips(),
                f'<g class="kfp-text" transform="translate({style.MARGIN} {style.MARGIN})">',
                *body,
                "</g>",
                "</svg>",
                "",
            ]
        )

    def _description(self) -> str:
        told = [
            f"{node_name(step)}: {self._states[step.path].text}"
            for step in self._graph.steps()
            if step.path in self._states
        ]
        return summary(self._graph) + (f" States: {'; '.join(told)}." if told else "")

    def _clips(self) -> str:
        """Texts are cut to fit by estimate; a font that is wider than that must not run out of the node."""
        wide, narrow = _text_width(has_icon=False), _text_width(has_icon=True)
        rectangles = (
            f'<clipPath id="{self._id}-{name}"><rect x="{style.BAR + style.PADDING}" width="{width:g}" '
            f'height="{style.NODE_HEIGHT}"/></clipPath>'
            for name, width in (("wide", wide), ("narrow", narrow))
        )
        return f"<defs>{''.join(rectangles)}</defs>"

    def _empty(self) -> Iterator[str]:
        yield _label("kfp-detail", 0, 15, _NO_STEPS)

    def _level(self, arranged: _Arranged) -> Iterator[str]:
        edges = [self._edge(edge, arranged.layout) for edge in arranged.graph.edges]
        if edges:
            yield '<g class="kfp-edges">'
            yield from edges
            yield "</g>"
        for node in arranged.graph.nodes:
            box = arranged.layout.boxes[node.path]
            if node.inner is None:
                yield self._node(node, box)
            else:
                yield from self._group(node, box, arranged.inner[node.path])

    def _edge(self, edge: GraphEdge, layout: Layout) -> str:
        route = layout.routes[_layout_edge(edge)]
        line = _path(route)
        x, y = route[-1]
        half = style.ARROW / 2
        arrow = f"M{x - half:g} {y - style.ARROW:g}H{x + half:g}L{x:g} {y:g}Z"
        dashes = " kfp-order" if edge.is_order else ""
        lines = self._notes.get((edge.source, edge.target)) or [one_line(name) for name in edge.variables]
        tooltip = "\n".join(lines) or edge_text(edge)
        return (
            f'<g><title>{_text(tooltip)}</title><path class="kfp-hit" d="{line}"/>'
            f'<path class="kfp-edge{dashes}" d="{line}"/><path class="kfp-arrow" d="{arrow}"/></g>'
        )

    def _node(self, node: GraphNode, box: Box) -> str:
        state = self._states.get(node.path)
        left = style.BAR + style.PADDING
        width = _text_width(has_icon=state is not None)
        name = fit_font(node_name(node), style.NAME_SIZE, width, bold=True)
        full_width = _text_width(has_icon=False)
        detail = fit_font(state.text if state else detail_text(node), style.DETAIL_SIZE, full_width)
        parts = [
            f'<g transform="translate({box.x:g} {box.y:g})"><title>{_text(self._tooltip(node))}</title>',
            _frame("kfp-node", box, state),
            f'<path fill="{self._colours[node.path]}" d="{_bar(style.NODE_HEIGHT)}"/>',
            _progress(state, box) if state and state.progress is not None else "",
            _label("kfp-name", left, style.NAME_BASELINE, name, clip=f"{self._id}-{'narrow' if state else 'wide'}"),
            _label("kfp-detail", left, style.DETAIL_BASELINE, detail, clip=f"{self._id}-wide"),
            icon_svg(state.icon, box.width - style.PADDING - style.ICON, 9) if state else "",
            "</g>",
        ]
        return "".join(parts)

    def _group(self, node: GraphNode, box: Box, arranged: _Arranged) -> Iterator[str]:
        state = self._states.get(node.path)
        room = box.width - 2 * style.GROUP_PADDING - (style.ICON + 8 if state else 0)
        name = fit_font(node_name(node), style.NAME_SIZE, room, bold=True)
        yield f'<g transform="translate({box.x:g} {box.y:g})"><title>{_text(self._tooltip(node))}</title>'
        yield _frame("kfp-group", box, state)
        yield _label("kfp-name", style.GROUP_PADDING, style.NAME_BASELINE - 2, name)
        detail = fit_font(_group_detail(node, state), style.DETAIL_SIZE, room)
        yield _label("kfp-detail", style.GROUP_PADDING, style.DETAIL_BASELINE - 5, detail)
        if state:
            yield icon_svg(state.icon, box.width - style.GROUP_PADDING - style.ICON, 8)
        inset = (box.width - arranged.layout.width) / 2
        yield f'<g transform="translate({inset:g} {style.GROUP_HEADER + style.GROUP_PADDING / 2:g})">'
        yield from self._level(arranged)
        yield "</g></g>"

    def _tooltip(self, node: GraphNode) -> str:
        state = self._states.get(node.path)
        lines = [node_name(node), detail_text(node)]
        if node.makes:
            lines.append(f"makes {names_text(node.makes)}")
        if node.logs:
            lines.append(f"logs {names_text(node.logs)}")
        if node.parameters:
            lines.append(f"parameters {names_text(node.parameters)}")
        if state:
            lines.append(state.text)
        return "\n".join(dict.fromkeys(line for line in lines if line))


def _arrange(graph: TaskGraph) -> _Arranged:
    inner = {node.path: _arrange(node.inner) for node in graph.nodes if node.inner is not None}
    sizes: dict[str, tuple[float, float]] = {node.path: _size(node, inner) for node in graph.nodes}
    edges = [_layout_edge(edge) for edge in graph.edges]
    layout = lay_out(sizes, edges, sibling_gap=style.SIBLING_GAP, rank_gap=style.RANK_GAP)
    return _Arranged(graph, layout, inner)


def _size(node: GraphNode, inner: Mapping[TaskPath, _Arranged]) -> tuple[float, float]:
    if node.path not in inner:
        return style.NODE_WIDTH, style.NODE_HEIGHT
    layout = inner[node.path].layout
    words = min(font_width(_group_detail(node, None), style.DETAIL_SIZE), style.GROUP_TEXT_WIDTH)
    width = max(layout.width, style.NODE_WIDTH, ceil(words)) + 2 * style.GROUP_PADDING
    return width, layout.height + style.GROUP_HEADER + 1.5 * style.GROUP_PADDING


def _layout_edge(edge: GraphEdge) -> LayoutEdge:
    return LayoutEdge(edge.source, edge.target, "order" if edge.is_order else "data")


def _group_detail(node: GraphNode, state: NodeState | None) -> str:
    tasks = len(node.inner.nodes) if node.inner else 0
    words = group_text(node) or ("1 task" if tasks == 1 else f"{tasks} tasks")
    return f"{state.text} · {words}" if state else words


def _text_width(*, has_icon: bool) -> float:
    width = style.NODE_WIDTH - style.BAR - 2 * style.PADDING
    return width - style.ICON - 6 if has_icon else width


def _label(css_class: str, x: float, y: float, text: str, *, clip: str = "") -> str:
    clipped = f' clip-path="url(#{clip})"' if clip else ""
    return f'<text class="{css_class}" x="{x:g}" y="{y:g}"{clipped}>{_text(text)}</text>'


def _frame(css_class: str, box: Box, state: NodeState | None) -> str:
    is_marked = state is not None and state.icon in ("running", "failed")
    classes = f"{css_class} {colour_class(state.icon)} kfp-frame" if state and is_marked else css_class
    return (
        f'<rect class="{classes}" x=".5" y=".5" width="{box.width - 1:g}" height="{box.height - 1:g}" '
        f'rx="{style.RADIUS}"/>'
    )


def _bar(height: float) -> str:
    """A bar at the left edge, round where the node is."""
    radius, bar = style.RADIUS, style.BAR
    return (
        f"M{bar} 0V{height:g}A{radius} {radius} 0 0 1 0 {height - radius:g}V{radius}A{radius} {radius} 0 0 1 {bar} 0Z"
    )


def _progress(state: NodeState, box: Box) -> str:
    width = (box.width - style.BAR - style.RADIUS) * (state.progress or 0)
    return (
        f'<rect class="{colour_class(state.icon)}" fill="currentColor" x="{style.BAR}" '
        f'y="{box.height - style.PROGRESS_HEIGHT:g}" width="{width:g}" height="{style.PROGRESS_HEIGHT}"/>'
    )


def _path(route: list[Point]) -> str:
    """Vertical pieces joined by curves; the last piece ends under the arrow."""
    (x, y), *rest = route
    parts = [f"M{x:g} {y:g}"]
    for index, (next_x, next_y) in enumerate(rest):
        end_y = next_y if index < len(rest) - 2 else next_y - style.ARROW + 1
        if next_x == x:
            if end_y > y:
                parts.append(f"V{end_y:g}")
        else:
            middle = (y + end_y) / 2
            parts.append(f"C{x:g} {middle:g} {next_x:g} {middle:g} {next_x:g} {end_y:g}")
        x, y = next_x, max(end_y, y)
    return "".join(parts)


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())
