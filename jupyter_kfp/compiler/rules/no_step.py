"""Notebook without a step.

What
----
The notebook is empty, has no code, or all its code is tagged ``setup``, ``parameters`` or ``skip``.

Why
---
A pipeline has at least one step.

Wrong
-----
::

    # %% tags=["skip"]
    print("training")

Right
-----
::

    # %% tags=["step:train"]
    print("training")

Fix
---
Write code, or tag a code cell with ``step:NAME``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP114"
SEVERITY = Severity.ERROR
