"""Save what the later steps read. A value that cannot be saved is a problem of its own; the others are saved anyway."""

from __future__ import annotations

import ast
import contextlib
import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_kfp.artifacts.serializers.carried_definitions import Definition, has_state
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, pickle_value, save_pickled, save_unbound
from jupyter_kfp.artifacts.serializers.unpicklable import explain
from jupyter_kfp.artifacts.serializers.value_file import WrittenFile
from jupyter_kfp.spec.step_payload import MODULES_KEY
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.json_values import not_json
from jupyter_kfp.worker.module_state import ModuleState
from jupyter_kfp.worker.session_files import SavedOutput, SessionOutput, SessionRequest
from jupyter_kfp.worker.shared_objects import sharing_groups
from jupyter_kfp.worker.shipped_modules import modules_in
from jupyter_kfp.worker.value_facts import facts, type_name


class SavedOutputs:
    """What became of the outputs.

    Attributes
    ----------
    pickled:
        Of each artifact that could be pickled, its pickled form; kept while identities are compared.
    entangled:
        Of an artifact, the inputs that it shares objects with and that a later step loads from elsewhere.

    """

    def __init__(self) -> None:
        self.outputs: list[SavedOutput] = []
        self.problems: list[StepError] = []
        self.pickled: dict[str, PickledValue] = {}
        self.entangled: dict[str, list[str]] = {}


def pickle_outputs(request: SessionRequest, names: NotebookNames, *, record: bool) -> SavedOutputs:
    """Pickle all artifacts in memory (buffers stay where they are) and take the parameters; write nothing yet.

    With `record`, or if there are several artifacts, every object on the way is noted, to find shared ones.
    """
    saved = SavedOutputs()
    namespace = names.user_globals
    artifacts = [each for each in request.outputs if each.binding == "artifact"]
    for each in request.outputs:
        if each.name not in namespace and not each.maybe:
            saved.problems.append(_unbound(each, request))
        elif each.binding == "parameter":
            _take_parameter(each, request, namespace, saved)
        elif each.name in namespace:
            _pickle_artifact(each, request, names, saved, record=record or len(artifacts) > 1)
    return saved


def write_outputs(request: SessionRequest, names: NotebookNames, saved: SavedOutputs) -> None:
    """Write the artifacts: each to its file, those that share objects together (see `shared_objects`)."""
    outputs = {each.name: each for each in request.outputs if each.binding == "artifact"}
    for group in sharing_groups(saved.pickled, names):
        members = [outputs[name] for name in group]
        pickled = saved.pickled[group[0]] if len(group) == 1 else _pickle_together(group, names)
        _write_group(members, pickled, request, names, saved)
        for name in group:
            del saved.pickled[name]
    for each in outputs.values():
        if each.name not in names.user_globals and each.maybe:
            _write_unbound(each, request, saved)
    order = {each.name: position for position, each in enumerate(request.outputs)}
    saved.outputs.sort(key=lambda output: order[output.name])


def _unbound(each: SessionOutput, request: SessionRequest) -> StepError:
    return StepError(
        code="KFP314",
        message=f"step {request.step}: {each.name} is not bound at the end of the step{_read_by(each)}",
        hint=f"assign {each.name} on every path through the step, or check why it was deleted",
    )


def _read_by(each: SessionOutput) -> str:
    if not each.readers:
        return ""
    return f", but {_list(each.readers)} {'reads' if len(each.readers) == 1 else 'read'} it"


def _list(steps: Sequence[str]) -> str:
    return f"steps {', '.join(steps[:-1])} and {steps[-1]}" if len(steps) > 1 else f"step {steps[0]}"


# --- parameters


def _take_parameter(
    each: SessionOutput, request: SessionRequest, namespace: Mapping[str, Any], saved: SavedOutputs
) -> None:
    bound = each.name in namespace
    value = namespace.get(each.name)
    wrong = not_json(value, each.name) if bound else None
    if wrong is not None:
        saved.problems.append(
            StepError(
                code="KFP318",
                message=f"step {request.step}: {each.name} was compiled as a KFP parameter, but {wrong}",
                hint="only plain JSON values cross steps as parameters; convert it, e.g. with float(...) or int(...)",
            )
        )
        return
    saved.outputs.append(
        SavedOutput(
            name=each.name, key=each.key, binding="parameter", value=value, python_type=type_name(value), bound=bound
        )
    )


# --- artifacts


def _pickle_artifact(
    each: SessionOutput, request: SessionRequest, names: NotebookNames, saved: SavedOutputs, *, record: bool
) -> None:
    value = names.user_globals[each.name]
    try:
        saved.pickled[each.name] = pickle_value(_to_write(value), names, record=record)
    except MemoryError:
        saved.problems.append(_too_big(each, request))
    except Exception as error:  # noqa: BLE001  reducers of any library run here, and may raise anything
        saved.problems.append(_not_picklable(each, request, value, names, error))


def _too_big(each: SessionOutput, request: SessionRequest) -> StepError:
    return StepError(
        code="KFP311",
        message=f"step {request.step}: {each.name} cannot be saved: out of memory",
        hint="give the step more memory",
    )


def _not_picklable(
    each: SessionOutput, request: SessionRequest, value: object, names: NotebookNames, error: Exception
) -> StepError:
    if isinstance(value, ModuleState):
        return _state_not_picklable(value, each, request, names, error)
    culprit = explain(value, each.name, names, error)
    where = "" if culprit.path == each.name else f", because of {culprit.path} of type {culprit.type_name}"
    readers = f"; {_list(each.readers)} {'needs' if len(each.readers) == 1 else 'need'} it" if each.readers else ""
    from_setup, advice = "", culprit.advice
    cell = _setup_cell(each.name, request)
    if cell:
        from_setup = f" as the step leaves it, which may have changed what setup cell {cell} made{readers}"
        advice = f"do not make it in the setup, which would make another one in each step: {advice}"
    return StepError(
        code="KFP313",
        message=f"step {request.step}: {each.name} of type {type_name(value)} cannot be saved{where}"
        f"{from_setup or readers}",
        exception=type(error).__name__,
        hint=f"{advice} ({type(error).__name__}: {error})",
    )


def _setup_cell(name: str, request: SessionRequest) -> int:
    """Number of the setup cell that made what a name still stands for in the step; 0 if there is none."""
    if _binds(name, [cell.source for cell in request.cells]):
        return 0
    return next((cell.number for cell in reversed(request.setup) if _binds(name, [cell.source])), 0)


def _binds(name: str, sources: Sequence[str]) -> bool:
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):  # IPython's own syntax, which says nothing of the name that is looked for
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
                return True
    return False


def _state_not_picklable(
    state: ModuleState, each: SessionOutput, request: SessionRequest, names: NotebookNames, error: Exception
) -> StepError:
    for name, value in state.parts.items():
        try:
            pickle_value(value, names)
        except Exception as found:  # noqa: BLE001  as above
            culprit = explain(value, f"{state.module}.{name}", names, found)
            used = f"which {_list(each.readers)} {'uses' if len(each.readers) == 1 else 'use'}, and "
            message = (
                f"step {request.step} changes {state.module}.{name}, {used if each.readers else 'and '}"
                f"{culprit.path} of type {culprit.type_name} cannot be saved"
            )
            hint = f"{culprit.advice} ({type(found).__name__}: {found}); or put the cells that use it into one step"
            return StepError(code="KFP330", message=message, exception=type(found).__name__, hint=hint)
    return StepError(
        code="KFP330",
        message=f"step {request.step}: what it changes in module {state.module} cannot be saved: {error}",
        exception=type(error).__name__,
        hint="put the cells that use it into one step, or keep what changes in a variable of the notebook",
    )


def _pickle_together(group: Sequence[str], names: NotebookNames) -> PickledValue:
    return pickle_value(tuple(_to_write(names.user_globals[name]) for name in group), names)


def _to_write(value: object) -> object:
    """A function or class that is handed on takes with it what was changed in it."""
    return Definition(value) if has_state(value) else value


def _write_group(
    members: Sequence[SessionOutput],
    pickled: PickledValue,
    request: SessionRequest,
    names: NotebookNames,
    saved: SavedOutputs,
) -> None:
    group = [each.name for each in members]
    readers = {each.name: each.readers for each in members} if len(members) > 1 else None
    first = Path(members[0].path)
    entangled = sorted({other for name in group for other in saved.entangled.get(name, ())})
    try:
        written = save_pickled(first, group, pickled, readers=readers, entangled=entangled)
        for each in members[1:]:
            _same_content(first, Path(each.path))
    except OSError as error:
        saved.problems += [_write_problem(each, request, pickled.size, error) for each in members]
        return
    own = modules_in(pickled.stream)
    for each in members:
        value = names.user_globals[each.name]
        known = facts(value)
        if len(group) > 1:
            known["shared_with"] = [name for name in group if name != each.name]
        if own:
            known[MODULES_KEY] = ",".join(own)
        saved.outputs.append(_record(each, written, type_name(value), known))


def _record(each: SessionOutput, written: WrittenFile, kind: str, metadata: dict[str, Any]) -> SavedOutput:
    return SavedOutput(
        name=each.name,
        key=each.key,
        binding="artifact",
        path=each.path,
        digest=written.digest,
        size=written.size,
        python_type=kind,
        bound=bool(kind),
        metadata=metadata,
    )


def _same_content(source: Path, target: Path) -> None:
    """Make a second name for a file; a copy where the file system has no hard links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        try:
            os.link(source, draft)
        except OSError:
            shutil.copyfile(source, draft)
        draft.replace(target)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _write_unbound(each: SessionOutput, request: SessionRequest, saved: SavedOutputs) -> None:
    try:
        written = save_unbound(Path(each.path), each.name)
    except OSError as error:
        saved.problems.append(_write_problem(each, request, 0, error))
        return
    saved.outputs.append(_record(each, written, "", {}))


def _write_problem(each: SessionOutput, request: SessionRequest, size: int, error: OSError) -> StepError:
    folder = next((parent for parent in Path(each.path).parents if parent.exists()), Path("/"))
    free = shutil.disk_usage(folder).free
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    what = "the disk is full" if full else (error.strerror or str(error))
    return StepError(
        code="KFP311",
        message=f"step {request.step}: {each.name} ({_bytes(size)}) cannot be saved to {folder}: {what}, "
        f"{_bytes(free)} free",
        exception=type(error).__name__,
        hint="free space or choose another home; nothing was left half-written" if full else "",
    )


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"
