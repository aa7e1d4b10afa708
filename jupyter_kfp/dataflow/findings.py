"""What the analysis has to say to the user, as diagnostics."""

from __future__ import annotations

from jupyter_kfp.dataflow.facts import Place, Use
from jupyter_kfp.dataflow.process_state import state_label
from jupyter_kfp.dataflow.python_names import similar_name
from jupyter_kfp.dataflow.versions import Version
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity


class Findings:
    """Collects diagnostics; one of a kind per cell and name."""

    def __init__(self, cell_ids: dict[int, str]) -> None:
        self._cell_ids = cell_ids
        self._seen: set[tuple[str, int, str]] = set()
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
        definitions: dict[str, list[Place]],
        skipped: dict[str, int],
    ) -> None:
        """A name that nothing above it binds."""
        where = f", which the function in cell {via.place.cell}, line {via.place.line} needs," if via else ""
        later = [found for found in definitions.get(name, []) if found > place]
        if deleted_in:
            what = f"was deleted in cell {deleted_in.cell}, line {deleted_in.line}"
            hint = "delete it later, or bind it again"
        elif name in skipped:
            what = f"is defined only in cell {skipped[name]}, which is tagged skip"
            hint = "remove the tag skip there, or the use here"
        elif later:
            what = f"is defined only later, in cell {later[0].cell}, line {later[0].line}"
            what_to_move = "line" if later[0].cell == place.cell else "cell"
            hint = f"move that {what_to_move} up: a pipeline means the notebook run from top to bottom"
        else:
            what = "is not defined in any cell above"
            known = [other for other, places in definitions.items() if places[0] < place]
            similar = similar_name(name, known)
            hint = f"did you mean “{similar}”?" if similar else "define it in a cell above, or as a parameter"
        if certain:
            self.add("KFP130", Severity.ERROR, place, f"“{name}”{where} {what}", hint=hint, variable=name)
        else:
            self.add("KFP131", Severity.WARNING, place, f"“{name}”{where} {what}", hint=hint, variable=name)

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
