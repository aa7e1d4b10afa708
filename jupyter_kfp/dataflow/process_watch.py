"""Watches what steps do to the state of their process, and whether later steps would miss it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import msgspec

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import Fact, Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.process_state import (
    NUMPY,
    Generator,
    drawn_generator,
    fits_at_random,
    is_lasting_setting,
    is_setting,
    magic_setting,
    may_see,
    seeded_generator,
)
from jupyter_kfp.dataflow.versions import SETUP, Replay, Version
from jupyter_kfp.notebook.diagnostic import Severity

_DRAWING_METHODS = frozenset({"sample"})
_FITTING_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample"})


class _Setting(msgspec.Struct, frozen=True):
    owner: int
    version: Version | None
    """The module, as the step knew it; None for a magic."""
    root: str
    """Top-level module that the setting belongs to."""
    path: str
    place: Place
    statement: str
    """Source that makes the setting again; empty if that is not possible."""
    by_function: bool = False
    """A function of the notebook makes it; steps that call it themselves do not miss it."""


class ProcessWatch:
    """Collects settings while the notebook is traced; `finish` sees to it that later steps have them."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._settings: list[_Setting] = []
        self._made_in: set[tuple[int, str]] = set()
        """Steps (or setup), and the settings that functions make there."""
        self._roots: dict[int, set[str]] = {}
        """Top-level modules that each step uses."""

    def read(self, actor: Actor, version: Version) -> None:
        """A step uses a module, or something from one."""
        if version.value.imported is not None and not actor.is_setup:
            self._roots.setdefault(actor.owner, set()).add(version.value.imported.root)

    def seeded(self, path: str) -> Generator | None:
        """The generator that a call seeds."""
        return seeded_generator(path)

    def drawn(self, path: str, keywords: tuple[str, ...]) -> Generator | None:
        """The generator that a call draws from."""
        return drawn_generator(path, keywords)

    def drawn_by_method(self, fact: Fact, version: Version | None, names: Namespace) -> str | None:
        """Variable of the generator that a method draws from: ``df.sample(9)``, ``RandomForestClassifier().fit(x)``."""
        if version is None or version.is_import or "random_state" in fact.keywords:
            return None
        made = version.value.expression
        if fact.how in _DRAWING_METHODS and not version.is_consumable:
            return NUMPY.variable
        if fact.how in _FITTING_METHODS and isinstance(made, ast.Call):
            path = names.import_path(ast.unparse(made.func))
            return NUMPY.variable if fits_at_random(path, made) else None
        return None

    def call(self, actor: Actor, path: str, fact: Fact) -> None:
        """A function of a module is called."""
        self._made_in.add((actor.owner, path))
        if not actor.is_setup and is_setting(path):
            self._add(actor, actor.has[fact.name.partition(".")[0]], path, fact)

    def called_in_function(self, actor: Actor, path: str, fact: Fact) -> None:
        """A function of the notebook, called here, calls a function of a module."""
        if not is_lasting_setting(path):
            return
        self._made_in.add((actor.owner, path))
        version = actor.has.get(fact.name)
        if not actor.is_setup and version is not None:
            root = path.partition(".")[0]
            self._settings.append(_Setting(actor.owner, version, root, path, fact.place, "", by_function=True))

    def magic(self, actor: Actor, fact: Fact) -> None:
        """A magic is run that may set what `os` can: ``%env``, ``%cd``."""
        magic, _, text = fact.how.partition(" ")
        statement = magic_setting(magic, text)
        if statement is None or actor.is_setup:
            return
        statement = "" if fact.conditional else statement
        self._settings.append(_Setting(actor.owner, None, "os", f"%{magic}", fact.place, statement))

    def assign(self, actor: Actor, version: Version, fact: Fact) -> None:
        """An attribute or item of a module is set; methods that change objects are seen by `call`."""
        if actor.is_setup or not fact.target or version.value.imported is None:
            return
        rest = fact.target.partition(".")[2]
        path = ".".join(part for part in [version.value.imported.path, rest] if part)
        deleted, how = fact.how.startswith("del "), fact.how.removeprefix("del ")
        path = ("del " if deleted else "") + path + (how if how.startswith((".", "[", "+")) else f".{how}")
        self._add(actor, version, path, fact)

    def _add(self, actor: Actor, version: Version, path: str, fact: Fact) -> None:
        root = version.value.imported.root if version.value.imported else ""
        self._settings.append(_Setting(actor.owner, version, root, path, fact.place, fact.statement))

    def finish(self, steps: Sequence[Actor]) -> None:
        """Replay settings in the later steps that could see them, or say that they cannot."""
        for setting in self._settings:
            for step in steps[setting.owner + 1 :]:
                if not may_see(setting.root, self._roots.get(step.owner, set())):
                    continue
                if setting.by_function and self._made_in & {(step.owner, setting.path), (SETUP, setting.path)}:
                    continue
                if setting.statement:
                    self._replay(step, setting)
                else:
                    self._report(setting, step)
                    break

    def _replay(self, step: Actor, setting: _Setting) -> None:
        if setting.version is not None:
            step.setup_cells |= setting.version.setup_cells
            step.replays.update(setting.version.replays)
        step.replays.add(Replay(setting.place.cell, setting.place.line, setting.statement, setting.root))

    def _report(self, setting: _Setting, step: Actor) -> None:
        message = (
            f"{setting.path.rstrip(' =')} is set here, and step “{step.name}”, in another process, would not see it"
        )
        hint = "make the setting in a cell tagged setup, or hand the value on in a variable and set it in each step"
        self._findings.add("KFP139", Severity.ERROR, setting.place, message, hint=hint)
