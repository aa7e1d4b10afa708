"""IR files: write and read, strictly.

An IR file is a YAML stream: the `PipelineSpec`, then perhaps a `PlatformSpec`. The same pipeline gives the same bytes.
What cannot be read is a `KfpError` that names the field:

* KFP221 not found or not readable, KFP222 not YAML, KFP223 a field is unknown, missing or of the wrong type,
* KFP224 it contradicts itself or the rules of KFP (see `pipeline_checks`), KFP225 not a pipeline at all.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import yaml

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.ir_json import invalid_field
from jupyter_kfp.spec.model import Pipeline, PipelineSpec, PlatformSpec
from jupyter_kfp.spec.pipeline_checks import check_pipeline

MAX_BYTES = 32 * 1024 * 1024
"""Longest file that a KFP server takes."""
_RARE_BREAKS = frozenset("\x85\u2028\u2029\ufeff")
_SUFFIXES = {".yaml", ".yml", ".json"}
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def to_yaml(pipeline: Pipeline) -> str:
    """Write both documents, keys sorted."""
    documents = [msgspec.to_builtins(pipeline.spec)]
    if pipeline.platform is not None:
        documents.append(msgspec.to_builtins(pipeline.platform))
    text = _dump(documents, allow_unicode=True)
    # Line breaks beyond ASCII would be read as line breaks; then everything is escaped.
    return text if _RARE_BREAKS.isdisjoint(text) else _dump(documents, allow_unicode=False)


def _dump(documents: list[Any], *, allow_unicode: bool) -> str:
    text: str = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=True,
        allow_unicode=allow_unicode,
        default_flow_style=False,
        width=2**31 - 1,
    )
    return text


def from_yaml(text: str | bytes, *, source: str = "the pipeline") -> Pipeline:
    """Read and check; `source` names the text in messages. Raises `KfpError` KFP222 to KFP225."""
    try:
        documents = [document for document in yaml.load_all(text, Loader=_Loader) if document is not None]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise _not_yaml(error, source) from None
    return _from_documents(documents, source)


def load_pipeline(path: Path) -> Pipeline:
    """Load an IR file: YAML, JSON, or a zip or tar archive with one of these in it. Raises `KfpError` KFP221 to 225."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise KfpError("KFP221", f"there is no file {path}", details={"path": str(path)}) from None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise KfpError("KFP221", message, details={"path": str(path)}) from None
    return from_yaml(_unpacked(data, path), source=path.name)


def _unpacked(data: bytes, path: Path) -> bytes:
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                name = _only_file([one.filename for one in archive.infolist() if not one.is_dir()], path)
                data = archive.read(name)
        elif path.name.endswith((".tar.gz", ".tgz", ".tar")):
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                members = {one.name: one for one in tar.getmembers() if one.isfile()}
                member = tar.extractfile(members[_only_file(list(members), path)])
                data = member.read() if member else b""
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, OSError) as error:
        raise KfpError("KFP221", f"the archive {path.name} cannot be read: {error}") from None
    if len(data) > MAX_BYTES:
        raise KfpError("KFP221", f"{path.name} has {len(data):,} bytes; a pipeline has at most {MAX_BYTES:,}")
    return data


def _only_file(names: list[str], path: Path) -> str:
    found = [name for name in names if Path(name).suffix in _SUFFIXES and not Path(name).name.startswith(".")]
    if len(found) != 1:
        message = f"the archive {path.name} holds {len(found)} pipeline files, not one"
        raise KfpError("KFP221", message, hint="pack one .yaml or .json file", details={"files": found})
    return found[0]


def _from_documents(documents: list[Any], source: str) -> Pipeline:
    platforms = [one for one in documents if isinstance(one, dict) and "platforms" in one and "root" not in one]
    specs = [one for one in documents if one not in platforms]
    if len(specs) != 1 or len(platforms) > 1 or not isinstance(specs[0], dict):
        raise _not_a_pipeline(specs, platforms, source)
    if "pipelineInfo" not in specs[0] and "pipelineSpec" in specs[0]:
        return _from_documents([specs[0]["pipelineSpec"], *platforms], source)
    if "pipelineInfo" not in specs[0] and "root" not in specs[0]:
        raise _not_a_pipeline(specs, platforms, source)
    try:
        pipeline = Pipeline(
            spec=msgspec.convert(specs[0], PipelineSpec),
            platform=msgspec.convert(platforms[0], PlatformSpec) if platforms else None,
        )
    except msgspec.MsgspecError as error:
        raise invalid_field(error, source) from None
    check_pipeline(pipeline, source)
    return pipeline


def _not_yaml(error: Exception, source: str) -> KfpError:
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return KfpError("KFP222", f"{source}{where} is not YAML: {problem}")


def _not_a_pipeline(specs: list[Any], platforms: list[Any], source: str) -> KfpError:
    first = specs[0] if specs else None
    hint = "compile the pipeline to KFP v2 IR"
    if isinstance(first, dict) and str(first.get("apiVersion", "")).startswith("argoproj.io"):
        return KfpError("KFP225", f"{source} is an Argo workflow, as KFP v1 made them, not KFP v2 IR", hint=hint)
    if isinstance(first, dict) and "implementation" in first:
        return KfpError("KFP225", f"{source} is a KFP v1 component, not a pipeline", hint=hint)
    message = (
        f"{source} holds {len(specs)} pipeline and {len(platforms)} platform documents; there must be one pipeline "
        "and at most one platform document"
        if len(specs) != 1 or len(platforms) > 1
        else f"{source} is not a pipeline: it has neither pipelineInfo nor root"
    )
    return KfpError("KFP225", message, hint=hint)
