"""What the IR cannot hold, in ``deploymentSpec.x-jupyter-kfp``: a standard pipeline runs without it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

WrittenHow = Literal["made", "changed", "declared", "shared", "deleted", "handed-on"]
"""How a step gives a variable its value: it binds it, changes its object in place (``declared``: by ``kfp.mutates``),
changes the object under another name, takes it away, or has it from before and hands it on."""


class EdgeVariable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable that travels along an edge, and why: who writes it, and who reads it first."""

    name: str
    label: str = ""
    """What it stands for, if it is none of the notebook's own, such as the state of a generator."""
    written_cell: int
    written_line: int = 0
    how: WrittenHow = "made"
    perhaps: bool = False
    """Only on some paths."""
    read_cell: int
    read_line: int
    via_cell: int = 0
    """If a function reads it that is called there: where the function does."""
    via_line: int = 0


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From one step to another, by task key: the variables that travel, or none for an order only."""

    source: str
    target: str
    variables: list[EdgeVariable] = []
    asked_in: int = 0
    """Cell that asks for the order by ``after:``."""
    files: list[str] = []
    """Names of files because of which the order of the notebook is kept; ``*`` is any text."""


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
