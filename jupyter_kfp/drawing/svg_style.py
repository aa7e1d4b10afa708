"""Measures and colours of the SVG drawing, as JupyterLab's light and dark themes have them."""

from __future__ import annotations

NODE_WIDTH, NODE_HEIGHT = 168, 56
BAR = 4
PADDING = 12
ICON = 16
RADIUS = 4
NAME_SIZE, DETAIL_SIZE = 13, 11
NAME_BASELINE, DETAIL_BASELINE = 23, 41
PROGRESS_HEIGHT = 3
ARROW = 8
SIBLING_GAP, RANK_GAP = 16, 40
GROUP_HEADER, GROUP_PADDING = 40, 12
GROUP_TEXT_WIDTH = 320
MARGIN = 12

STEP_PALETTE = ("#6461da", "#a0902a", "#0f92f7", "#9a53aa", "#cd6e7e", "#637510", "#8489c5", "#c23870")
"""Identity of steps, in order of appearance; the same in both themes."""

# Class, property, light value, dark value.
_COLOURS = (
    ("node", "fill", "#ffffff", "#212121"),
    ("node", "stroke", "#bdbdbd", "#616161"),
    ("group", "fill", "#f5f5f5", "#181818"),
    ("group", "stroke", "#bdbdbd", "#616161"),
    ("name", "fill", "#212121", "#ececec"),
    ("detail", "fill", "#616161", "#b8b8b8"),
    ("edge", "stroke", "#757575", "#8a8a8a"),
    ("arrow", "fill", "#757575", "#8a8a8a"),
    ("cut", "stroke", "#ffffff", "#212121"),
    ("plain", "color", "#616161", "#b8b8b8"),
    ("running", "color", "#1976d2", "#2196f3"),
    ("succeeded", "color", "#388e3c", "#4caf50"),
    ("cached", "color", "#00838f", "#00bcd4"),
    ("failed", "color", "#d32f2f", "#f44336"),
    ("retrying", "color", "#e65100", "#f57c00"),
)


def style_sheet() -> str:
    """CSS for both themes; class names begin with ``kfp-``, so that it can stand inside a page."""
    light = "".join(f".kfp-{name}{{{prop}:{value}}}" for name, prop, value, _ in _COLOURS)
    dark = "".join(f".kfp-{name}{{{prop}:{value}}}" for name, prop, _, value in _COLOURS)
    frames = ".kfp-frame{stroke:currentColor}"
    fonts = (
        '.kfp-text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif}'
        f".kfp-name{{font-size:{NAME_SIZE}px;font-weight:600}}.kfp-detail{{font-size:{DETAIL_SIZE}px}}"
    )
    lines = (
        ".kfp-edge{fill:none;stroke-width:1.5}.kfp-order{stroke-dasharray:4 4}"
        ".kfp-hit{fill:none;stroke:transparent;stroke-width:12}"
        ".kfp-edges>g:hover .kfp-edge{stroke:#1976d2;stroke-width:2}"
    )
    return f"{fonts}{lines}{light}@media (prefers-color-scheme:dark){{{dark}}}{frames}"
