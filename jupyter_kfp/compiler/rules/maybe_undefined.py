"""A variable may be undefined where it is used.

What
----
A name that no cell above binds is read on some paths only: in a branch, a loop, or a function that may not be called.

Why
---
If that path is taken, the notebook raises ``NameError``, and so does the pipeline. Nothing goes wrong silently, but it
is seldom meant.

Wrong
-----
::

    # %% tags=["step:report"]
    details, verbose = "all is well", len("") > 0
    if verbose:
        print(detials)

Right
-----
::

    # %% tags=["step:report"]
    details, verbose = "all is well", len("") > 0
    if verbose:
        print(details)

Fix
---
Bind the name in a cell above, or silence the line with ``# kfp: ignore[KFP131]``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP131"
SEVERITY = Severity.WARNING
