"""Why there are edges, in words: below a graph on a terminal, and as notes in pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_kfp.drawing.edge_reasons import CodeLine, EdgeReason, VariableReason
from jupyter_kfp.drawing.text_width import cell_width, fit_cells, one_line
from jupyter_kfp.spec.extension import WrittenHow

_WRITTEN: dict[WrittenHow, str] = {
    "made": "made",
    "changed": "changed in place",
    "declared": "changed in place",
    "shared": "changed under another name",
    "deleted": "deleted",
    "handed-on": "handed on",
}
_WIDTH = 100
"""Where there is no terminal."""


def reasons_text(reasons: Sequence[EdgeReason], *, width: int | None = None) -> str:
    """One paragraph per edge; lines of code are cut to fit."""
    if not reasons:
        return "No edges\n"
    paragraphs = []
    for edge in reasons:
        heading = f"{one_line(edge.source_name)} -> {one_line(edge.target_name)}"
        paragraphs.append("\n".join(fit_cells(line, width or _WIDTH) for line in (heading, *_edge_lines(edge))))
    return "\n\n".join(paragraphs) + "\n"


def reason_notes(edge: EdgeReason) -> list[str]:
    """The same as short lines, without the code."""
    notes = [
        f"{shown_name(one)} ({one.binding}): {written_words(one)} in {_place(one.written)}, read in {_place(one.read)}"
        for one in edge.variables
    ]
    return [*notes, *_order_notes(edge)]


def shown_name(variable: VariableReason) -> str:
    """The variable, or in words what it stands for."""
    return one_line(variable.label or variable.name)


def written_words(variable: VariableReason) -> str:
    """``made``, ``perhaps changed in place``."""
    return ("perhaps " if variable.perhaps else "") + _WRITTEN[variable.how]


def _edge_lines(edge: EdgeReason) -> Iterator[str]:
    for one in edge.variables:
        type_ = one.type.removeprefix("system.")
        kind = one.binding if type_.lower() in {"", one.binding} else f"{one.binding}, {type_}"
        yield f"  {shown_name(one)} ({kind})"
        rows = [(written_words(one), one.written), ("read", one.read)]
        if one.via is not None:
            rows.append(("by the function", one.via))
        yield from _aligned([(f"    {words} in {_place(line)}", _code(line)) for words, line in rows])
    yield from (f"  {note}" for note in _order_notes(edge))


def _aligned(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    columns = max(cell_width(place) for place, _ in rows)
    for place, code in rows:
        yield f"{place}{' ' * (columns - cell_width(place))}   {code}".rstrip()


def _order_notes(edge: EdgeReason) -> list[str]:
    name = one_line(edge.source_name)
    notes = [f"order: after:{name} in cell {edge.asked_in}"] if edge.asked_in else []
    return notes + [f"order: both use the file {one_line(file)}" for file in edge.files]


def _code(line: CodeLine) -> str:
    return one_line(line.text) if line.line else "(its kfp.mutates says so)"


def _place(line: CodeLine) -> str:
    return f"cell {line.cell}, line {line.line}" if line.line else f"cell {line.cell}"
