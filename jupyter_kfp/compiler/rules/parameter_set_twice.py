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

    rows = 100
    rows = 200

Right
-----
::

    rows = 200

Fix
---
Delete one of the assignments.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP121"
SEVERITY = Severity.WARNING
