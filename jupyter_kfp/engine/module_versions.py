"""Versions of the modules that a step imports, as parts of its cache key.

Of the user's own modules the compiled pipeline holds digests; of all others the version of their package counts.
`importlib.metadata.packages_distributions` reads the file list of every installed package, which costs more than a
whole cached run may. Here one folder listing gives all versions, and file lists are read only for modules whose
package has an unexpected name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from jupyter_kfp.artifacts.content_digest import digest_bytes, digest_file
from jupyter_kfp.engine.kernel_environment import KernelEnvironment
from jupyter_kfp.spec.extension import ModuleRecord

NOT_FOUND = "not found"
_OTHER_NAMES = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "pil": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
_MODULE_FILES = (".py", ".pyi")


def module_parts(
    packages: Iterable[str], environment: KernelEnvironment, modules: Iterable[str], records: Mapping[str, ModuleRecord]
) -> dict[str, str]:
    """Parts ``package:NAME`` (its version) and ``module:NAME`` (digest of one of the user's own) of a cache key.

    `modules` are the user's own modules that the step imports, or that its inputs refer to; what these import counts
    too. The standard library has no parts: the version of Python stands for it.
    """
    own = _closure(modules, records)
    parts = {f"module:{name}": records[name].digest for name in own}
    named = dict.fromkeys([*packages, *(package for name in own for package in records[name].packages)])
    for name in named:
        if name not in sys.stdlib_module_names and name not in records:
            parts[f"package:{name}"] = _version(name, environment)
    return parts


def _closure(modules: Iterable[str], records: Mapping[str, ModuleRecord]) -> list[str]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and name in records:
            found.add(name)
            waiting += records[name].imports
    return sorted(found)


def forget_versions() -> None:
    """Look again at what is installed: for processes that live longer than a run."""
    _version.cache_clear()
    _installed.cache_clear()


def digest_files(files: Iterable[Path]) -> str:
    """One digest over the names and contents of files."""
    lines = [f"{file.name} {digest_file(file)}" for file in files]
    return digest_bytes("\n".join(lines).encode())


@lru_cache(maxsize=1024)
def _version(module: str, environment: KernelEnvironment) -> str:
    installed = _installed(environment.search_path)
    name = _normal(module)
    for candidate in (_OTHER_NAMES.get(name, name), name):
        if candidate in installed:
            return installed[candidate][0]
    for version, info in installed.values():
        if _provides(Path(info), module):
            return version
    return _unpackaged(module, environment)


@lru_cache(maxsize=8)
def _installed(search_path: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Version and metadata folder of each distribution, by normalised name; the first on the path wins."""
    found: dict[str, tuple[str, str]] = {}
    for folder in search_path:
        try:
            infos = sorted(Path(folder).glob("*.dist-info"))
        except OSError:  # a folder on the path that does not exist or may not be read holds no packages for us
            continue
        for info in infos:
            name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
            found.setdefault(_normal(name), (version, str(info)))
    return found


def _provides(info: Path, module: str) -> bool:
    top_level = info / "top_level.txt"
    if top_level.is_file():
        return module in top_level.read_text(encoding="utf-8", errors="replace").split()
    record = info / "RECORD"
    lines = record.read_bytes() if record.is_file() else b""
    return re.search(rb"(?m)^" + re.escape(module.encode()) + rb"(/|\.py,|\.[^/,]*\.so,)", lines) is not None


def _unpackaged(module: str, environment: KernelEnvironment) -> str:
    """Of a module outside any package, such as one on PYTHONPATH: a digest of its files."""
    spec = find_spec(module) if environment.own else PathFinder.find_spec(module, environment.search_path)
    if spec is None:
        return NOT_FOUND
    locations = list(spec.submodule_search_locations or ())
    if locations:
        return digest_files(sorted(path for path in Path(locations[0]).rglob("*") if path.suffix in _MODULE_FILES))
    origin = Path(spec.origin) if spec.origin else None
    return digest_files([origin]) if origin and origin.is_file() else "built in"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
