"""Settings from ``--Class.trait=value``, the common options and configuration files, with faults explained."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traitlets.config.configurable import Configurable
from traitlets.config.loader import Config, DeferredConfigList, DeferredConfigString
from traitlets.traitlets import Container

from jupyter_kfp.cli.arguments import nearest
from jupyter_kfp.errors import KfpError


def settings_config(application: type[Configurable], arguments: Sequence[str]) -> Config:
    """Read ``--Class.trait=value`` arguments. Raises `KfpError` KFP252 for an unknown setting."""
    known = {
        cls.__name__: cls.class_traits(config=True)
        for cls in reversed(application.__mro__)
        if issubclass(cls, Configurable)
    }
    given: dict[tuple[str, str], list[str]] = {}
    for argument in arguments:
        name, value = argument.lstrip("-").split("=", 1)
        class_name, _, trait = name.rpartition(".")
        if trait not in known.get(class_name, ()):
            raise _unknown_setting(name, known)
        given.setdefault((class_name, trait), []).append(value)
    config = Config()
    for (class_name, trait), items in given.items():
        of_items = isinstance(known[class_name][trait], Container)
        config[class_name][trait] = DeferredConfigList(items) if of_items else DeferredConfigString(items[-1])
    return config


def common_config(values: argparse.Namespace) -> Config:
    """Read the common options, which set traits of Jupyter's applications."""
    config = Config()
    if values.config:
        config.JupyterApp.config_file = str(Path(values.config).absolute())
    if values.log_level:
        config.Application.log_level = values.log_level
    if values.debug:
        config.Application.log_level = "DEBUG"
    return config


def _unknown_setting(name: str, known: dict[str, dict[str, Any]]) -> KfpError:
    near = nearest(name, [f"{cls}.{trait}" for cls, traits in known.items() for trait in sorted(traits)])
    hint = f"Did you mean --{near}?" if near else "jupyter kfp --help-all lists the settings."
    return KfpError("KFP252", f"there is no setting {name}", hint=hint, details={"setting": name})


@contextmanager
def explain_broken_files(application: Any) -> Iterator[None]:
    """Turn whatever a configuration file raises (it may be a program) into `KfpError` KFP259."""
    chosen = application.config_file
    if chosen and not Path(chosen).is_file():
        raise KfpError("KFP259", f"there is no configuration file {chosen}", hint="Check the path behind --config.")
    try:
        yield
    except KfpError:
        raise
    except (Exception, SystemExit) as error:  # a configuration file may raise anything
        place = _place(application, error)
        message = f"the configuration file {place} cannot be loaded: {type(error).__name__}: {error}"
        raise KfpError("KFP259", message, hint="Correct it, or remove it.", details={"file": place}) from error


def _place(application: Any, error: BaseException) -> str:
    candidates = [application.config_file] if application.config_file else []
    for folder in application.config_file_paths:
        for name in ("jupyter_config", application.config_file_name):
            candidates += [str(Path(folder, f"{name}{suffix}")) for suffix in (".py", ".json")]
    existing = [path for path in candidates if Path(path).is_file()]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in existing:
            return f"{frame.filename}, line {frame.lineno}"
    # A JSON file has no frame; it is one of those that exist.
    return " or ".join(path for path in existing if path.endswith(".json")) or " or ".join(existing)
