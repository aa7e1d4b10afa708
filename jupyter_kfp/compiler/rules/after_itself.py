"""A step that comes after itself.

What
----
A cell of a step is tagged ``after:`` with the name of the same step.

Why
---
No step can wait for itself. Within a step, cells run in the order of the notebook anyway.

Wrong
-----
::

    # %% tags=["step:train", "after:train"]
    score = 1

Right
-----
::

    # %% tags=["step:train"]
    score = 1

Fix
---
Delete the ``after:`` tag, or correct its name.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP107"
SEVERITY = Severity.ERROR
