"""State of the process that no variable holds: seeds, working directory, options of libraries."""

from __future__ import annotations

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.facts import Fact, Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.versions import Version


class ProcessState:
    """Watches what steps do to modules, and whether a later step would see it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def read(self, actor: Actor, version: Version, fact: Fact) -> None:
        """A module is used."""

    def change(self, actor: Actor, version: Version, place: Place, how: str) -> None:
        """A module, or something imported from one, is changed."""
