"""What the analysis has to say to the user, as diagnostics."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import msgspec

from jupyter_kfp.dataflow.facts import Place, Use
from jupyter_kfp.dataflow.process_state import state_label
from jupyter_kfp.dataflow.python_names import similar_name
from jupyter_kfp.dataflow.versions import Version
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity

_ALSO = "; used also in "
_USUAL_IMPORTS = {
    "alt": "import altair as alt",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "plt": "import matplotlib.pyplot as plt",
    "px": "import plotly.express as px",
    "sm": "import statsmodels.api as sm",
    "sns": "import seaborn as sns",
    "tf": "import tensorflow as tf",
    "xgb": "import xgboost as xgb",
}
"""What a name nearly always stands for that no cell of a notebook binds."""


class Findings:
    """Collects diagnostics; one of a kind per cell and name."""

    def __init__(
        self, cell_ids: Mapping[int, str], definitions: Mapping[str, list[Place]], skipped: Mapping[str, int]
    ) -> None:
        """`definitions` and `skipped` are those of `Context`."""
        self._cell_ids = cell_ids
        self._definitions = definitions
        self._skipped = skipped
        self._seen: set[tuple[str, int, str]] = set()
        self._unbound: dict[str, tuple[int, list[Place]]] = {}
        """Of names that no cell binds: which diagnostic tells of it, and all places, the first one first."""
        self.diagnostics: list[Diagnostic] = []

    def add(
        self, code: str, severity: Severity, place: Place, message: str, *, hint: str = "", variable: str = ""
    ) -> None:
        """Add a diagnostic, unless the same was said of this cell and variable."""
        if label := state_label(variable):
            message, variable = message.replace(f"“{variable}”", label), ""
        key = (code, place.cell, variable or message)
        if key in self._seen:
            return
        self._seen.add(key)
        self.diagnostics.append(
            Diagnostic(
                code=code,
                severity=severity,
                message=message,
                hint=hint,
                cell=place.cell,
                cell_id=self._cell_ids.get(place.cell, ""),
                line=place.line or None,
                column=place.column or None,
                variable=variable,
            )
        )

    def undefined(
        self,
        name: str,
        place: Place,
        *,
        certain: bool,
        via: Use | None,
        deleted_in: Place | None,
    ) -> None:
        """A name that nothing above it binds."""
        where = f", which the function in cell {via.place.cell}, line {via.place.line} needs," if via else ""
        later = [found for found in self._definitions.get(name, []) if found > place]
        if deleted_in:
            what = f"was deleted in cell {deleted_in.cell}, line {deleted_in.line}"
            hint = "delete it later, or bind it again"
        elif name in self._skipped:
            what = f"is defined only in cell {self._skipped[name]}, which is tagged skip"
            hint = "remove the tag skip there, or the use here"
        elif later:
            what = f"is defined only later, in cell {later[0].cell}, line {later[0].line}"
            what_to_move = "line" if later[0].cell == place.cell else "cell"
            hint = f"move that {what_to_move} up: a pipeline means the notebook run from top to bottom"
        else:
            what = "is not defined in any cell above"
            known = [other for other, places in self._definitions.items() if places[0] < place]
            similar = similar_name(name, known)
            hint = f"did you mean “{similar}”?" if similar else _how_to_bind(name)
        code, severity = ("KFP130", Severity.ERROR) if certain else ("KFP131", Severity.WARNING)
        if name not in self._definitions and name not in self._skipped and self._is_told(name, place, certain=certain):
            return
        self.add(code, severity, place, f"“{name}”{where} {what}", hint=hint, variable=name)

    def _is_told(self, name: str, place: Place, *, certain: bool) -> bool:
        """Tell once of a name that is bound nowhere; the places below join the first error."""
        if name not in self._unbound:
            if certain:
                self._unbound[name] = len(self.diagnostics), [place]
            return False
        index, places = self._unbound[name]
        if all((one.cell, one.line) != (place.cell, place.line) for one in places):
            places.append(place)
            first = self.diagnostics[index]
            message = first.message.partition(_ALSO)[0] + _ALSO + _cells_and_lines(places[1:])
            self.diagnostics[index] = msgspec.structs.replace(first, message=message)
        return True

    def setup_reads_step(self, name: str, place: Place, step: str, written: Place) -> None:
        """Setup is replayed before anything is loaded."""
        message = f"setup reads “{name}”, which step “{step}” makes in cell {written.cell}, line {written.line}"
        hint = "setup is replayed at the start of every step, before its inputs: take the tag setup away here"
        self.add("KFP132", Severity.ERROR, place, message, hint=hint, variable=name)

    def cache_lost(self, name: str, place: Place, why: str, definition: Version) -> None:
        """A later step needs what a function with a cache has kept."""
        message = (
            f"“{name}”, defined in cell {definition.place.cell}, keeps its results, which cannot be handed on to "
            f"another step: {why}"
        )
        hint = "call it in one step and hand the results on, or keep them in a dictionary of the notebook instead"
        self.add("KFP137", Severity.ERROR, place, message, hint=hint, variable=name)


def _how_to_bind(name: str) -> str:
    usual = _USUAL_IMPORTS.get(name) or (f"import {name}" if name in sys.stdlib_module_names else "")
    if usual:
        return f"add `{usual}` to a cell tagged setup, or define “{name}” in a cell above"
    return "define it in a cell above, or as a parameter"


def _cells_and_lines(places: list[Place]) -> str:
    lines: dict[int, list[int]] = {}
    for place in sorted(places):
        lines.setdefault(place.cell, []).append(place.line)
    return "; ".join(
        f"cell {cell}, line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
        for cell, numbers in lines.items()
    )
