"""Code that a container's image would have, where it lies in the folder of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import msgspec

from jupyter_kfp.artifacts.content_digest import digest_bytes, digest_file
from jupyter_kfp.executors.local_process.containerized_component import (
    component_module,
    is_containerized,
    module_arguments,
)
from jupyter_kfp.executors.local_process.pip_prefix import split_pip_prefix

_INTERPRETERS = frozenset({"python", "python3", "sh", "bash", "node", "Rscript", "perl", "ruby"})
_LONGEST_NAME = 1000


@dataclass(frozen=True)
class LocalCode:
    """How a command finds its code here."""

    words: Sequence[str]
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    """Where it has to run; empty: in a folder of its own."""


def find_local_code(task: str, words: Sequence[str], folder: str) -> LocalCode:
    """Make a command find the script, module or component that it names.

    A script that is not named by an absolute path is one of the folder, if it has it. Raises `KfpError` KFP504 for a
    containerised component that is not there.
    """
    if is_containerized(words):
        module = component_module(task, words, folder)
        arguments = module_arguments(module) if module else []
        return LocalCode([*words, *arguments], {"PYTHONPATH": folder}, folder)
    if _names_script(words, folder):
        return LocalCode([words[0], str(Path(folder, words[1])), *words[2:]])
    if _names_module(words, folder):
        return LocalCode(words, {"PYTHONPATH": folder})
    return LocalCode(words)


def code_digest(words: Sequence[str], folder: str) -> str:
    """Digest of the code that a command finds here and its image would have; empty: it is all in the command.

    Which modules a script imports is not looked at: all of the folder, and of packages in it, count.
    """
    _, words = split_pip_prefix(words)
    named = Path(folder, words[1]) if _names_script(words, folder) else None
    if named is None and not is_containerized(words) and not _names_module(words, folder):
        return ""
    files = set(Path(folder).glob("*.py")) | ({named} if named else set())
    for package in Path(folder).glob("*/__init__.py"):
        files |= set(package.parent.rglob("*.py"))
    contents = {str(path): digest_file(path) for path in sorted(files) if path.is_file()}
    return digest_bytes(msgspec.json.encode(contents))


def _names_script(words: Sequence[str], folder: str) -> bool:
    if len(words) < 2 or PurePath(words[0]).name not in _INTERPRETERS or words[1].startswith("-"):
        return False
    return not Path(words[1]).is_absolute() and len(words[1]) < _LONGEST_NAME and Path(folder, words[1]).is_file()


def _names_module(words: Sequence[str], folder: str) -> bool:
    is_module = len(words) > 2 and PurePath(words[0]).name in _INTERPRETERS and words[1] == "-m"
    return is_module and _has_module(Path(folder), words[2])


def _has_module(folder: Path, name: str) -> bool:
    top = folder / name.partition(".")[0]
    return top.with_suffix(".py").is_file() or (top / "__init__.py").is_file() or (top / "__main__.py").is_file()
