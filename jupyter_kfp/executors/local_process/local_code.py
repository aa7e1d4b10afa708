"""Code that a container's image would have, where it lies in the folder of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from jupyter_kfp.executors.local_process.containerized_component import (
    KFP_PACKAGE,
    component_module,
    is_containerized,
    module_arguments,
)
from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages

_INTERPRETERS = frozenset({"python", "python3", "sh", "bash", "node", "Rscript", "perl", "ruby"})


@dataclass(frozen=True)
class LocalCode:
    """How a command finds its code here."""

    words: Sequence[str]
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    """Where it has to run; empty: in a folder of its own."""
    packages: WantedPackages = field(default_factory=WantedPackages)


def find_local_code(task: str, words: Sequence[str], folder: str) -> LocalCode:
    """Make a command find the script, module or component that it names.

    A script that is not named by an absolute path is one of the folder, if it has it. Raises `KfpError` KFP504 for a
    containerised component that is not there.
    """
    if is_containerized(words):
        module = component_module(task, words, folder)
        arguments = module_arguments(module) if module else []
        packages = WantedPackages((KFP_PACKAGE,), inherit=True)
        return LocalCode([*words, *arguments], {"PYTHONPATH": folder}, folder, packages)
    if len(words) < 2 or PurePath(words[0]).name not in _INTERPRETERS:
        return LocalCode(words)
    script = Path(folder, words[1])
    if not words[1].startswith("-") and not Path(words[1]).is_absolute() and script.is_file():
        return LocalCode([words[0], str(script), *words[2:]])
    if words[1] == "-m" and len(words) > 2 and _has_module(Path(folder), words[2]):
        return LocalCode(words, {"PYTHONPATH": folder})
    return LocalCode(words)


def _has_module(folder: Path, name: str) -> bool:
    top = folder / name.partition(".")[0]
    return top.with_suffix(".py").is_file() or (top / "__init__.py").is_file() or (top / "__main__.py").is_file()
