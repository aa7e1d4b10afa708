"""Step names that look like one.

What
----
Two steps have names that differ only in capitals, spaces, hyphens, underscores or compatibility forms of
characters, such as ``Train model`` and ``train_model``.

Why
---
They are two steps. If one was meant, its cells are torn apart, and the second half starts without what no variable
carries.

Wrong
-----
::

    # %% tags=["step:Train model"]
    model = 1
    # %% tags=["step:report"]
    print("so far")
    # %% tags=["step:train-model"]
    print(model)

Right
-----
::

    # %% tags=["step:Train model"]
    model = 1
    # %% tags=["step:report"]
    print("so far")
    # %% tags=["step:Train model"]
    print(model)

Fix
---
Write the name the same way if it is one step; else choose names that differ more.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP105"
SEVERITY = Severity.WARNING
