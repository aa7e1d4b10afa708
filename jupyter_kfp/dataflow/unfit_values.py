"""Values that mean nothing in the process of another step."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.versions import Version
from jupyter_kfp.notebook.diagnostic import Severity


def report_identities(steps: Sequence[Actor], bound: Collection[str], findings: Findings) -> None:
    """Refuse numbers that `id` gave in one step and another step reads; `bound` are the notebook's own names."""
    if "id" in bound:
        return
    for step in steps:
        for name, taken in sorted(step.taken.items()):
            made = _identity_in(taken.version)
            if made is not None:
                message = (
                    f"“{name}” holds what id() gave in cell {made.place.cell}, line {made.place.line}: in step "
                    f"“{step.name}”, another process, objects have other identities"
                )
                hint = "hand on the objects and compare them (x is y), or give them numbers of your own"
                findings.add("KFP160", Severity.ERROR, taken.place, message, hint=hint, variable=name)


def _identity_in(version: Version) -> Version | None:
    step: Version | None = version
    while step is not None and step.owner >= 0:
        if any(result.function == "id" for result in step.value.results):
            return step
        step = step.previous if step.needs_previous else None
    return None
