"""Options of steps (``cell.metadata.kfp`` of a step's first cell) and of the pipeline (``notebook.metadata.kfp``).

Here they are only data, checked as far as that is possible without knowing where the pipeline will run.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from jupyter_kfp.notebook import option_values as values
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import OptionEdit
from jupyter_kfp.notebook.notebook import NotebookCell
from jupyter_kfp.notebook.option_decoding import Decoder, FieldFault, FieldPath, is_missing
from jupyter_kfp.notebook.quantities import check_cpu, check_memory

ArtifactTypeName = Literal["Artifact", "Dataset", "HTML", "Markdown", "Model"]
"""KFP types that a variable may be declared to have."""


class _Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all options."""


class AcceleratorOption(_Options, frozen=True, kw_only=True):
    """Accelerators for one step."""

    type: values.ResourceName
    """Kubernetes resource name, such as ``nvidia.com/gpu``."""
    count: values.PositiveCount = 1


class RetryOption(_Options, frozen=True, kw_only=True):
    """Attempts after the first; the wait grows from ``backoff_seconds`` by ``factor`` up to ``max_seconds``."""

    count: values.Count
    backoff_seconds: values.Seconds | None = None
    factor: values.Factor | None = None
    max_seconds: values.Seconds | None = None


class SecretOption(_Options, frozen=True, kw_only=True):
    """A key of a Kubernetes secret as an environment variable."""

    name: values.ObjectName
    key: values.Text
    env: values.EnvironmentName


class VolumeOption(_Options, frozen=True, kw_only=True):
    """A mounted volume: one of ``pvc``, ``secret``, ``config_map`` (their names), ``empty_dir`` (its size)."""

    mount_path: values.AbsolutePath
    pvc: values.ObjectName | None = None
    secret: values.ObjectName | None = None
    config_map: values.ObjectName | None = None
    empty_dir: values.Memory | None = None
    sub_path: values.Text | None = None
    read_only: bool = False


class TolerationOption(_Options, frozen=True, kw_only=True):
    """A Kubernetes toleration."""

    key: str | None = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: values.Count | None = None


class StepDefaults(_Options, frozen=True, kw_only=True):
    """Options that make sense for any step. None and empty mean that the user did not say."""

    image: values.Image | None = None
    cpu: values.Cpu | None = None
    """Limit; Kubernetes quantity."""
    cpu_request: values.Cpu | None = None
    memory: values.Memory | None = None
    """Limit; Kubernetes quantity."""
    memory_request: values.Memory | None = None
    accelerator: AcceleratorOption | None = None
    retries: Annotated[RetryOption, values.RETRIES] | None = None
    timeout: values.Seconds | None = None
    """Seconds per attempt."""
    caching: bool | None = None
    env: dict[values.EnvironmentName, str] = {}
    secrets: list[SecretOption] = []
    volumes: list[VolumeOption] = []
    node_selector: dict[values.LabelKey, values.LabelValue] = {}
    tolerations: list[TolerationOption] = []
    labels: dict[values.LabelKey, values.LabelValue] = {}


class StepOptions(StepDefaults, frozen=True, kw_only=True):
    """Options of one step."""

    description: str | None = None
    mutates: list[values.VariableName] = []
    """Variables that the step changes in place, though its source does not show it."""
    files: list[values.FilePath] = []
    """Files and folders that the step makes and that travel with the pipeline."""
    input_files: list[values.FilePath] = []
    """Declared files of steps above that the step reads, though its source does not show it."""
    type: dict[values.VariableName, ArtifactTypeName] = {}
    """KFP artifact types of variables that the step makes."""


class PipelineOptions(_Options, frozen=True, kw_only=True):
    """Options of the pipeline as a whole."""

    name: values.PipelineName | None = None
    description: values.Description | None = None
    experiment: values.Text | None = None
    image: values.Image | None = None
    """For all steps that name none."""
    defaults: StepDefaults = StepDefaults()


def parse_step_options(data: dict[str, Any], cell: NotebookCell) -> tuple[StepOptions, list[Diagnostic]]:
    """Decode and check the options of a step; ``cell`` is where they stand. Options at fault are left out."""
    decoder = Decoder()
    decoded = decoder.struct(data, StepOptions, FieldPath("kfp"))
    options = StepOptions() if is_missing(decoded) else decoded
    faults = [*decoder.faults, *_contradictions(options, FieldPath("kfp"))]
    return options, [_diagnostic(fault, cell) for fault in faults]


def parse_pipeline_options(data: dict[str, Any]) -> tuple[PipelineOptions, list[Diagnostic]]:
    """Decode and check the options of the pipeline. Options at fault are left out."""
    decoder = Decoder()
    decoded = decoder.struct(data, PipelineOptions, FieldPath("notebook.kfp"))
    options = PipelineOptions() if is_missing(decoded) else decoded
    faults = [*decoder.faults, *_contradictions(options.defaults, FieldPath("notebook.kfp.defaults", ("defaults",)))]
    return options, [_diagnostic(fault, None) for fault in faults]


def with_defaults(
    options: StepOptions, pipeline: PipelineOptions, cell: NotebookCell
) -> tuple[StepOptions, list[Diagnostic]]:
    """Complete a step's options by the pipeline's, and report what contradicts each other only together.

    Mappings and lists are joined; of two entries for the same key, environment variable or mount path, the step's
    wins.
    """
    defaults = pipeline.defaults
    changes: dict[str, Any] = {}
    for name in StepDefaults.__struct_fields__:
        own, default = getattr(options, name), getattr(defaults, name)
        if isinstance(own, dict):
            changes[name] = {**default, **own}
        elif isinstance(own, list):
            taken = {_identity(entry) for entry in own}
            changes[name] = [*(entry for entry in default if _identity(entry) not in taken), *own]
        elif own is None:
            changes[name] = default
    if changes.get("image", options.image) is None:
        changes["image"] = pipeline.image
    own_secrets = {secret.env for secret in options.secrets}
    changes["env"] = {name: value for name, value in changes["env"].items() if name not in own_secrets}
    changes["secrets"] = [secret for secret in changes["secrets"] if secret.env not in options.env]
    merged = msgspec.structs.replace(options, **changes)
    known = {fault.field for part in (options, defaults) for fault in _contradictions(part, FieldPath("kfp"))}
    faults = [fault for fault in _contradictions(merged, FieldPath("kfp")) if fault.field not in known]
    return merged, [_diagnostic(fault, cell) for fault in faults]


def _identity(entry: SecretOption | VolumeOption | TolerationOption) -> Any:
    """What two entries of a list have in common if one replaces the other."""
    match entry:
        case SecretOption():
            return entry.env
        case VolumeOption():
            return entry.mount_path
    return entry


def step_options_schema() -> dict[str, Any]:
    """JSON Schema of a step's options, for forms and editors."""
    return values.complete_schema(msgspec.json.schema(StepOptions))


def pipeline_options_schema() -> dict[str, Any]:
    """JSON Schema of the pipeline's options."""
    return values.complete_schema(msgspec.json.schema(PipelineOptions))


def _diagnostic(fault: FieldFault, cell: NotebookCell | None) -> Diagnostic:
    return Diagnostic(
        code="KFP109" if fault.unknown else "KFP110",
        severity=Severity.ERROR,
        message=fault.message,
        hint=fault.hint,
        cell=cell.number if cell else None,
        cell_id=cell.id if cell else "",
        edits=_edits(fault, cell),
    )


def _edits(fault: FieldFault, cell: NotebookCell | None) -> tuple[OptionEdit, ...]:
    """What was meant instead; only where the metadata says it, and not the magic of the cell."""
    keys = fault.path.keys
    if fault.meant is msgspec.UNSET or not keys or (cell is not None and keys[0] not in cell.kfp):
        return ()
    edit = OptionEdit(cell=cell.number if cell else None, cell_id=cell.id if cell else "", path=keys)
    if fault.unknown:
        return (msgspec.structs.replace(edit, name=fault.meant),)
    return (msgspec.structs.replace(edit, value=fault.meant),)


# --- what contradicts itself


def _contradictions(options: StepDefaults, path: FieldPath) -> list[FieldFault]:
    faults = []
    for name, check in (("cpu", check_cpu), ("memory", check_memory)):
        limit, request = getattr(options, name), getattr(options, f"{name}_request")
        if limit is not None and request is not None and check(limit) < check(request):
            faults.append(
                FieldFault(
                    path.at(f"{name}_request"),
                    f"{path}.{name}_request is {request}, more than the limit {path}.{name}, {limit}",
                    "raise the limit or lower the request",
                )
            )
    retries = options.retries
    if retries and retries.backoff_seconds and retries.max_seconds and retries.max_seconds < retries.backoff_seconds:
        faults.append(
            FieldFault(
                path.at("retries").at("max_seconds"),
                f"{path}.retries.max_seconds is {retries.max_seconds:g}, less than the first wait, "
                f"{retries.backoff_seconds:g}",
                "raise max_seconds or lower backoff_seconds",
            )
        )
    for index, toleration in enumerate(options.tolerations):
        faults += _toleration_faults(toleration, path.at("tolerations").at(index))
    return faults + _environment_faults(options, path) + _volume_faults(options, path)


def _toleration_faults(toleration: TolerationOption, path: FieldPath) -> list[FieldFault]:
    if toleration.operator == "Exists" and toleration.value is not None:
        return [FieldFault(path.at("value"), f"{path}.value is given, but operator Exists takes none", "delete value")]
    if toleration.operator == "Equal" and not toleration.key:
        return [FieldFault(path.at("key"), f"{path}.key is missing", "write key, or operator Exists for all taints")]
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        field = path.at("toleration_seconds")
        return [FieldFault(field, f"{field} needs effect NoExecute", "delete it, or set effect to NoExecute")]
    return []


def _environment_faults(options: StepDefaults, path: FieldPath) -> list[FieldFault]:
    names = [*options.env, *(secret.env for secret in options.secrets)]
    return [
        FieldFault(path.at("secrets"), f"the environment variable {name} is set twice in {path}", "set it once")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _volume_faults(options: StepDefaults, path: FieldPath) -> list[FieldFault]:
    faults = []
    paths: list[str] = []
    for index, volume in enumerate(options.volumes):
        field = path.at("volumes").at(index)
        sources = [name for name in ("pvc", "secret", "config_map", "empty_dir") if getattr(volume, name) is not None]
        if len(sources) != 1:
            found = " and ".join(sources) or "none of them"
            faults.append(
                FieldFault(field, f"{field} has {found}", "give exactly one of pvc, secret, config_map, empty_dir")
            )
        if volume.mount_path in paths:
            faults.append(
                FieldFault(
                    field.at("mount_path"), f"{field}.mount_path {volume.mount_path} is taken", "choose another path"
                )
            )
        paths.append(volume.mount_path)
    return faults
