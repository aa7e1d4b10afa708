"""Containerised Python components (``@dsl.component(target_image=...)``) without their image.

The image has the component's source and a file ``kfp_config.ini`` that says where; its command only names the function.
Here the function is looked for in the folder of the pipeline.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages

_COMMAND = ("python3", "-m", "kfp.dsl.executor_main")
_FUNCTION = "--function_to_execute"
_MODULE = "--component_module_path"
CONFIG_FILE = "kfp_config.ini"
KFP_PACKAGE = ("kfp",)
"""What such an image has: the SDK."""


_SDK = re.compile(r"kfp(?![\w.-])")


def with_sdk(wanted: WantedPackages, words: Sequence[str]) -> WantedPackages:
    """What a command installs; and the SDK if it runs KFP's executor and counts on its image for it.

    That is a component with ``install_kfp_package=False``, and one whose code is in its image.
    """
    runs_executor = is_containerized(words) or any(" ".join(_COMMAND) in word for word in words)
    if not runs_executor or any(_SDK.match(word) for call in wanted.calls for word in call):
        return wanted
    return WantedPackages((*wanted.calls, KFP_PACKAGE), inherit=wanted.inherit or not wanted.calls)


def is_containerized(words: Sequence[str]) -> bool:
    """Whether a command is that of such a component."""
    return tuple(words[:3]) == _COMMAND and _FUNCTION in words[:-1] and _MODULE not in words


def component_module(task: str, words: Sequence[str], folder: str) -> Path | None:
    """The file with the component's function; None if the command is none of this kind, or `kfp_config.ini` knows it.

    Raises `KfpError` KFP504 if the code is not in the folder, or more than one file has such a function.
    """
    if not is_containerized(words) or Path(folder, CONFIG_FILE).exists():
        return None
    function = words[list(words).index(_FUNCTION) + 1]
    found = list(_files_with(function, Path(folder)))
    if len(found) == 1:
        return found[0]
    where = ", ".join(path.name for path in found)
    raise KfpError(
        "KFP504",
        f"task {task} runs the component {function}, whose code is in its image: "
        + (f"several files of {folder} have such a component: {where}" if found else f"no file of {folder} has it"),
        hint=f"put the file with the component beside the pipeline, or make {CONFIG_FILE} with `kfp component build`",
        details={"task": task, "function": function},
    )


def module_arguments(module: Path) -> list[str]:
    """Arguments that tell KFP's executor where the component is."""
    return [_MODULE, str(module)]


def _files_with(function: str, folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue  # not the file that is looked for: that one was compiled
        if any(_is_component(node, function) for node in tree.body):
            yield path


def _is_component(node: ast.stmt, function: str) -> bool:
    if not isinstance(node, ast.FunctionDef) or node.name != function:
        return False
    names = (ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list)
    return any(name.rpartition(".")[2] == "component" for name in names)
