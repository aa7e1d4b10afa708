"""Icons of the states: 16 x 16, told apart by shape; colour only repeats what the shape says."""

from __future__ import annotations

from jupyter_kfp.drawing.node_states import Icon

_RING = '<circle cx="8" cy="8" r="6.25"/>'
_SHAPES: dict[Icon, str] = {
    "pending": '<circle cx="8" cy="8" r="6.25" stroke-dasharray="2.6 2.31"/>',
    "running": '<circle cx="8" cy="8" r="6.25" stroke-opacity=".3"/><path d="M8 1.75A6.25 6.25 0 0 1 14.25 8"/>',
    "retrying": '<path d="M13.6 5.2A6.25 6.25 0 1 0 14.25 8M14 1.8V5.3H10.5M8 4.8V8.4M8 11V11.1"/>',
    "succeeded": (
        '<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/>'
        '<path class="kfp-cut" d="M4.8 8.3L7 10.5L11.2 5.9"/>'
    ),
    "cached": '<path d="M2.4 5.2A6.25 6.25 0 1 1 1.75 8M2 1.8V5.3H5.5M8 4.6V8.2L10.4 9.6"/>',
    "failed": (
        '<path d="M5.1 1H10.9L15 5.1V10.9L10.9 15H5.1L1 10.9V5.1Z" fill="currentColor" stroke="none"/>'
        '<path class="kfp-cut" d="M5.6 5.6L10.4 10.4M10.4 5.6L5.6 10.4"/>'
    ),
    "not-run": f'{_RING}<path d="M5 8H11"/>',
    "skipped": f'{_RING}<path d="M5.2 5.6L7.6 8L5.2 10.4M8.8 5.6L11.2 8L8.8 10.4"/>',
    "paused": f'{_RING}<path d="M6.4 5.6V10.4M9.6 5.6V10.4"/>',
    "canceled": f'{_RING}<path d="M3.6 12.4L12.4 3.6"/>',
}
_COLOURED = frozenset({"running", "retrying", "succeeded", "cached", "failed"})


def colour_class(icon: Icon) -> str:
    """CSS class that gives the state's colour as ``currentColor``."""
    return f"kfp-{icon}" if icon in _COLOURED else "kfp-plain"


def icon_svg(icon: Icon, x: float, y: float) -> str:
    """The icon with its upper left corner at a place."""
    return (
        f'<g class="{colour_class(icon)}" transform="translate({x:g} {y:g})" fill="none" stroke="currentColor" '
        f'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">{_SHAPES[icon]}</g>'
    )
