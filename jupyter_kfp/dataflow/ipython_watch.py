"""What cells do through IPython itself: magics that list names or earlier cells, hooks, ways of showing values."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.dynamic_code import DynamicCode
from jupyter_kfp.dataflow.facts import Fact, Use
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.process_state import is_setting
from jupyter_kfp.dataflow.process_watch import ProcessWatch
from jupyter_kfp.notebook.diagnostic import Severity

PREFIX = "get_ipython."
"""Of calls of what is reached from ``get_ipython()``."""
_RUN_MAGIC = f"{PREFIX}run_line_magic"
_LISTING = frozenset({"who", "whos", "who_ls"})
"""Magics that show the names of the notebook."""
_LOOKING_BACK = frozenset({"hist", "history", "macro", "notebook", "pastebin", "recall", "rep", "rerun", "save"})
"""Magics that show, keep or run what earlier cells were."""


class IPythonWatch:
    """Follows such calls while the notebook is traced; `steps` are all of it."""

    def __init__(self, steps: Sequence[Actor], process: ProcessWatch, dynamic: DynamicCode, findings: Findings) -> None:
        self._steps = steps
        self._process = process
        self._dynamic = dynamic
        self._findings = findings

    def call(self, actor: Actor, fact: Fact) -> None:
        """Something of ``get_ipython()`` is called."""
        if fact.name == _RUN_MAGIC:
            self._magic(actor, fact)
        elif is_setting(fact.name):
            self._process.call(actor, fact.name, fact)

    def call_in_function(self, actor: Actor, use: Use, fact: Fact, *, certain: bool) -> None:
        """A function that is called here does so."""
        statement = use.statement if certain else None
        inner = Fact(kind="call", name=use.name, place=fact.place, conditional=not certain, statement=statement)
        self.call(actor, msgspec.structs.replace(inner, in_function=True, keywords=use.keywords))

    def _magic(self, actor: Actor, fact: Fact) -> None:
        magic = fact.how.partition(" ")[0]
        if magic in _LISTING:
            self._dynamic.run(actor, Fact(kind="dynamic", name=f"%{magic}", how="read", place=fact.place))
        elif magic in _LOOKING_BACK:
            self._look_back(actor, magic, fact)
        else:
            self._process.magic(actor, fact)

    def _look_back(self, actor: Actor, magic: str, fact: Fact) -> None:
        if not any(step.cells for step in self._steps if step is not actor):
            return
        message = f"%{magic} takes what IPython keeps of earlier cells; a step runs in a kernel that ran only its own"
        hint = "write out here what it would give, or put the cells that it takes into the same step"
        self._findings.add("KFP170", Severity.WARNING, fact.place, message, hint=hint)
