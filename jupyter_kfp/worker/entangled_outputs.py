"""Outputs that share objects with what a later step has from elsewhere: inputs, and values that the setup makes.

The later step would get two copies of what is one object in the notebook. That only makes no difference if nobody
changes either; if a later step may, it is an error here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, pickle_value
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.binding_site import binding_site
from jupyter_kfp.worker.guard import GuardedFile
from jupyter_kfp.worker.mutable_objects import is_mutable_kind
from jupyter_kfp.worker.saved_outputs import SavedOutputs
from jupyter_kfp.worker.session_files import SessionOutput, SessionRequest
from jupyter_kfp.worker.shared_objects import SharingIndex

_FILE = "file {}"
"""Owner of what a file holds."""


def entangle(
    request: SessionRequest,
    names: NotebookNames,
    guarded: Sequence[GuardedFile],
    saved: SavedOutputs,
    *,
    of_the_setup: Sequence[str],
    transform: Callable[[str], str],
) -> None:
    """Find outputs that share objects with guarded inputs, or with values of the setup that later steps use.

    They are noted in `saved`, or the problem is reported there.

    `of_the_setup` are the names of the latter, `transform` turns cells into Python. `saved.pickled` must have been
    pickled with all objects noted.
    """
    if not saved.pickled:
        return
    outputs = {each.name: each for each in request.outputs}
    files = [
        GuardedFile(
            file.pickled,
            {name: value for name, value in file.values.items() if name not in outputs},
            is_one=file.is_one,
        )
        for file in guarded
    ]
    known = {name for file in guarded for name in file.values}
    files += [each for each in _pickled(of_the_setup, names) if not each.values.keys() & (known | outputs.keys())]
    files = [file for file in files if file.values]
    index = SharingIndex(names)
    for number, file in enumerate(files):
        index.add(_FILE.format(number), file.pickled)
    for name, pickled in saved.pickled.items() if files else ():
        found = index.shared_with(name, pickled)
        for file in [file for number, file in enumerate(files) if _FILE.format(number) in found]:
            for other in _shared_parts(file, name, pickled, names):
                saved.entangled.setdefault(name, []).append(other)
                if _may_change(request, outputs[name], other):
                    saved.problems.append(_problem(request, outputs[name], other, transform))


def _shared_parts(file: GuardedFile, name: str, pickled: PickledValue, names: NotebookNames) -> list[str]:
    """The values of a file that an output shares objects with, if the file as a whole does."""
    if file.is_one:
        return list(file.values)
    found = []
    for other, value in sorted(file.values.items()):
        index = SharingIndex(names)
        index.add(_FILE, pickle_value(value, names, record=True))
        if index.shared_with(name, pickled):
            found.append(other)
    return found


def _pickled(of_the_setup: Sequence[str], names: NotebookNames) -> Iterator[GuardedFile]:
    """Values that each later step's own replay makes anew, with all objects noted."""
    for name in of_the_setup:
        value = names.user_globals.get(name)
        if is_mutable_kind(type(value)):
            try:
                pickled = pickle_value(value, names, record=True)
            except Exception:  # noqa: BLE001, S112  code of any kind; what cannot be pickled (a lock) is not looked into
                continue
            yield GuardedFile(pickled, {name: value})


def _may_change(request: SessionRequest, output: SessionOutput, other: str) -> bool:
    # What the setup makes stays as it is: the guard of each step sees to that.
    known = [each.changed_below for each in (*request.inputs, *(request.neighbours or ())) if each.name == other]
    return output.changed_below or (any(known) if known else not _is_made(request, other))


def _is_made(request: SessionRequest, name: str) -> bool:
    """Whether each later step's own replay makes it."""
    return name in request.guarded_setup or name in request.unnamed_setup


def _problem(request: SessionRequest, output: SessionOutput, other: str, transform: Callable[[str], str]) -> StepError:
    site = binding_site(request.cells, output.name, transform)
    place = f" (cell {site.cell}, line {site.line}: {site.text})" if site else ""
    copying = f"{output.name} = copy.deepcopy({output.name}), or .copy() of an array or a table"
    if _is_made(request, other) and all(each.name != other for each in request.inputs):
        message = (
            f"step {request.step}: {output.name}{place} shares objects with {other} of the setup. A later step "
            f"changes {output.name}, and a later step has {other} as the setup makes it: it would not show there"
        )
        hint = f"if it need not show there, hand on a copy: {copying}; if it must, make {other} in a step, not in setup"
        details = {}
    else:
        message = (
            f"step {request.step}: {output.name}{place} shares objects with {other}{_origin(request, other)}. Later "
            f"steps would load the two as separate copies, and a change of one would not show in the other"
        )
        hint = (
            f"if it must show, let both travel together, as `jupyter kfp fix NOTEBOOK RUN` does: metadata "
            f'{{"kfp": {{"mutates": ["{other}"]}}}} in the step\'s first cell; if not, hand on a copy: {copying}'
        )
        details = {"mutates": [other], "variable": output.name, "step": request.step}
    return StepError(
        code="KFP315",
        message=message,
        cell=site.cell if site else None,
        line=site.line if site else None,
        hint=hint,
        details=details,
    )


def _origin(request: SessionRequest, name: str) -> str:
    known = [each.producer for each in (*request.inputs, *(request.neighbours or ())) if each.name == name]
    return f" from step {known[0]}" if known and known[0] else ""
