"""Misspelt step tag.

What
----
A cell has a tag of the form ``word:NAME`` whose word is one or two typing errors away from ``step`` or ``after``,
such as ``stpe:train`` or ``Step:train``.

Why
---
Tags of other tools are left alone, so a misspelt tag would be ignored: the cell would silently belong to the step
above, or an order would silently be missing.

Wrong
-----
::

    # %% tags=["stpe:train"]
    model = 1

Right
-----
::

    # %% tags=["step:train"]
    model = 1

Fix
---
Correct the tag. If it is meant for another tool, rename it there; words that other tools are known to use are not
reported.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP101"
SEVERITY = Severity.ERROR
