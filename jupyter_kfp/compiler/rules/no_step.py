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

    tags: ["skip"]   # on every code cell

Right
-----
::

    tags: ["step:train"]

Fix
---
Write code, or tag a code cell with ``step:NAME``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP114"
SEVERITY = Severity.ERROR
