"""Pipelines as JSON, for stores: the same data as an IR file, without what it costs to import a YAML library."""

from __future__ import annotations

from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import Pipeline


def to_json(pipeline: Pipeline) -> bytes:
    """Write for a store: one object with ``spec`` and, if there is one, ``platform``."""
    return msgspec.json.encode(_without_none(pipeline), order="sorted")


def _without_none(pipeline: Pipeline) -> dict[str, Any]:
    data: dict[str, Any] = {"spec": pipeline.spec}
    return data if pipeline.platform is None else data | {"platform": pipeline.platform}


def from_json(data: bytes) -> Pipeline:
    """Read what `to_json` wrote. Raises `KfpError` KFP223."""
    try:
        return msgspec.json.decode(data, type=Pipeline)
    except msgspec.MsgspecError as error:
        raise invalid_field(error, "the stored pipeline") from None


def invalid_field(error: msgspec.MsgspecError, source: str) -> KfpError:
    """Say which field of which text is wrong: KFP223."""
    text = str(error)
    problem, _, path = text.rpartition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".") if problem else ""
    where = f", field {field}" if field else ""
    return KfpError("KFP223", f"{source}{where}: {problem or text}", details={"field": field} if field else {})
