"""Typed identifiers, and the reversible map between readable names and identifiers that the KFP spec allows.

A step may be called anything readable ("Train model", "Übung 2"). In the spec it needs a DNS-like key. `step_id` makes
one that stays readable, never collides and can be turned back by `step_name`:

=============  =======================
name           id
=============  =======================
train          train
load_data      load-data--u4
Train model    train-model--c0s5
Übung 2        xbung-2--x0n220s5
=============  =======================

Names of the form ``[a-z0-9]+(-[a-z0-9]+)*`` are their own id. All others get a suffix that lists what was changed:
``cN`` a capital, ``sN`` a space, ``uN`` an underscore at position N, ``xNnC`` the code point C at position N.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from typing import NewType

RunId = NewType("RunId", str)
"""A version 4 UUID, as KFP uses for runs."""
StepId = NewType("StepId", str)
"""Key of a step's task in the spec: ``[a-z0-9]`` first and last, ``[a-z0-9-]`` between."""
TaskPath = NewType("TaskPath", str)
"""``root/`` and the keys of the tasks in the spec; an iteration of a loop is ``root/for-loop-2[0]/...``."""
Digest = NewType("Digest", str)
"""Content address, ``blake3:<64 hex digits>``."""

MAX_NAME_LENGTH = 100
_PLAIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PLAIN_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CHANGE = re.compile(r"([csu])(\d+)|x(\d+)n(\d+)")
_INDEX = re.compile(r"\[\d+\]")
_SHORT_CODES = {" ": "s", "_": "u"}
_SHORT_CHARS = {"s": " ", "u": "_"}


def new_run_id() -> RunId:
    """Make an identifier for a new run."""
    return RunId(str(uuid.uuid4()))


def root_path(task_key: str) -> TaskPath:
    """Path of a task of the root DAG."""
    return TaskPath(f"root/{task_key}")


def child_path(parent: TaskPath | None, task_key: str) -> TaskPath:
    """Path of a task of the DAG at `parent`; None is the root DAG."""
    return TaskPath(f"{parent or 'root'}/{task_key}")


def iteration_path(loop: TaskPath, index: int) -> TaskPath:
    """Path of an iteration of a loop, counted from 0 in the order of the items."""
    return TaskPath(f"{loop}[{index}]")


def task_key(path: TaskPath) -> str:
    """Key of the task in its DAG, the last part of its path."""
    return path.rsplit("/", 1)[-1]


def spec_path(path: TaskPath) -> TaskPath:
    """The path without the numbers of iterations: the same for all of them."""
    return TaskPath(_INDEX.sub("", path)) if "[" in path else path


def normalise_name(name: str) -> str:
    """Fold what readers cannot tell apart: Unicode NFC, runs of white space, white space at the ends."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def step_id(name: str) -> StepId:
    """Make the identifier of a step from its (normalised) name; see the table above."""
    if _PLAIN.fullmatch(name):
        return StepId(name)
    return StepId(_encode(name))


def step_name(identifier: str) -> str:
    """Turn an identifier made by `step_id` back into the name. An identifier of other origin is its own name."""
    slug, separator, suffix = identifier.rpartition("--")
    if not separator or not suffix or _CHANGE.sub("", suffix):
        return identifier
    chars = list(slug)
    for code, position, other_position, code_point in _CHANGE.findall(suffix):
        index = int(other_position if code_point else position)
        if index >= len(chars):
            return identifier
        if code_point:
            chars[index] = chr(int(code_point))
        else:
            chars[index] = chars[index].upper() if code == "c" else _SHORT_CHARS[code]
    return "".join(chars)


def variable_key(name: str) -> str:
    """Key of a variable among the inputs and outputs of a component: itself if ASCII, else encoded as a step's name."""
    return name if _PLAIN_VARIABLE.fullmatch(name) else _encode(name)


def _encode(name: str) -> str:
    slug, changes = [], []
    for index, char in enumerate(name):
        at_end = index in (0, len(name) - 1)
        if (char.isascii() and (char.islower() or char.isdigit())) or (char == "-" and not at_end):
            slug.append(char)
        elif char.isascii() and char.isupper():
            slug.append(char.lower())
            changes.append(f"c{index}")
        elif char in _SHORT_CODES and not at_end:
            slug.append("-")
            changes.append(f"{_SHORT_CODES[char]}{index}")
        else:
            slug.append("x")
            changes.append(f"x{index}n{ord(char)}")
    # A name such as "a--b" changes no character; "c" without effect on the slug still marks it as encoded.
    return f"{''.join(slug)}--{''.join(changes) or 'x0n' + str(ord(name[0]))}"
