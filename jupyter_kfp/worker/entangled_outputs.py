"""Outputs that share objects with inputs which a later step loads from where they were made.

The later step would get two copies of what is one object in the notebook. That only makes no difference if nobody
changes either; if a later step may, it is an error here.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.saved_outputs import SavedOutputs
from jupyter_kfp.worker.session_files import SessionOutput, SessionRequest
from jupyter_kfp.worker.shared_objects import SharingIndex


def entangle(
    request: SessionRequest, names: NotebookNames, guarded: Mapping[str, PickledValue], saved: SavedOutputs
) -> None:
    """Find outputs that share objects with guarded inputs: note them in `saved`, or report the problem there.

    `guarded` and `saved.pickled` must have been pickled with all objects noted.
    """
    outputs = {each.name: each for each in request.outputs}
    inputs = {name: pickled for name, pickled in guarded.items() if name not in outputs}
    if not inputs:
        return
    index = SharingIndex(names)
    for name, pickled in inputs.items():
        index.add(f"input {name}", pickled)
    for name, pickled in saved.pickled.items():
        for owner in sorted(index.shared_with(name, pickled)):
            other = owner.removeprefix("input ")
            saved.entangled.setdefault(name, []).append(other)
            if _may_change(request, outputs[name], other):
                saved.problems.append(_problem(request, outputs[name], other))


def _may_change(request: SessionRequest, output: SessionOutput, other: str) -> bool:
    below = next((each.changed_below for each in request.inputs if each.name == other), True)
    return output.changed_below or below


def _problem(request: SessionRequest, output: SessionOutput, other: str) -> StepError:
    return StepError(
        code="KFP315",
        message=f"step {request.step}: {output.name} shares objects with the input {other}, and later steps read both: "
        "a change through one would not show in the other",
        hint=f"save a copy (copy.deepcopy, or .copy() of an array), or let both travel together: add the line "
        f"{other} = {other} to the step, or put the cells into one step",
    )
