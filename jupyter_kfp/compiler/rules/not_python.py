"""A cell is not Python.

What
----
The cell cannot be parsed, with the syntax of IPython taken into account.

Why
---
It fails in the notebook, too.

Wrong
-----
::

    # %% tags=["step:count"]
    total = = 3

Right
-----
::

    # %% tags=["step:count"]
    total = 3

Fix
---
Correct it, or tag it ``skip``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP140"
SEVERITY = Severity.ERROR
