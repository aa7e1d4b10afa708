"""Parameter that is set twice.

What
----
Two assignments in ``parameters`` cells set the same parameter.

Why
---
Only the last one counts as default; the other is probably left over.

Wrong
-----
::

    # %% tags=["parameters"]
    rows = 100
    rows = 200
    # %% tags=["step:load"]
    print(rows)

Right
-----
::

    # %% tags=["parameters"]
    rows = 200
    # %% tags=["step:load"]
    print(rows)

Fix
---
Delete one of the assignments.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP121"
SEVERITY = Severity.WARNING
