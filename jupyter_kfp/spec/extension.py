"""What the IR cannot hold, in ``deploymentSpec.x-jupyter-kfp``: a standard pipeline runs without it."""

from __future__ import annotations

from typing import Any

import msgspec


class EdgeVariable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable that travels along an edge."""

    name: str
    written_cell: int
    read_cell: int
    read_line: int


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From one step to another, by task key: the variables that travel, or none for an ``after:`` edge."""

    source: str
    target: str
    variables: list[EdgeVariable] = []


class StepRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a step beside its component."""

    name: str
    cells: list[int] = []
    """Positions of its cells in the notebook, from 1."""
    source_digest: str
    """Digest of the normalised source of its cells and of the setup it uses (comments and layout do not count)."""
    packages: list[str] = []
    """Top-level modules that the step imports; their versions are part of the cache key."""
    modules: list[str] = []
    """The user's own modules that it imports, without those that these import."""
    timeout_seconds: float | None = None
    """Per attempt; the IR has no field for it outside the kubernetes platform."""


class ModuleRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A module of the user's own."""

    digest: str
    """Of its source and of the files that belong to it."""
    imports: list[str] = []
    """The user's own modules that it imports."""
    packages: list[str] = []
    """Top-level modules that it imports beside them."""


class Extension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole of ``x-jupyter-kfp``."""

    notebook: str = ""
    """File name, without a path."""
    steps: dict[str, StepRecord] = {}
    """By task key, in the order of the notebook."""
    edges: list[Edge] = []
    payloads: dict[str, str] = {}
    """Packed payloads too long for a command line, by digest; see `spec.step_payload.INLINE_LIMIT`."""
    modules: dict[str, ModuleRecord] = {}
    """The user's own modules, by dotted name."""
    module_files: dict[str, str] = {}
    """Packed contents of their files, by digest, if they are too long for a command line."""
    notebook_settings: dict[str, Any] = {}


def read_extension(data: Any) -> Extension | None:
    """Decode; None if the spec has none, that is, if another tool compiled it."""
    if data is None or data is msgspec.UNSET:
        return None
    extension = msgspec.convert(data, Extension)
    # Keys are sorted in files; the order of the notebook is that of the first cells.
    steps = sorted(extension.steps.items(), key=lambda entry: entry[1].cells[:1])
    return msgspec.structs.replace(extension, steps=dict(steps))


def write_extension(extension: Extension) -> dict[str, Any]:
    """Encode to plain data for the spec."""
    data: dict[str, Any] = msgspec.to_builtins(extension)
    return data
