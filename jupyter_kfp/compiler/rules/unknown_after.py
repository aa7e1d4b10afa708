"""``after:`` names no step.

What
----
A cell is tagged ``after:NAME``, or its magic says ``--after NAME``, but the notebook has no step of that name.

Why
---
The order that the tag asks for cannot be kept.

Wrong
-----
::

    # %% tags=["step:prepare"]
    print("ready")
    # %% tags=["step:train", "after:prepair"]
    print("training")

Right
-----
::

    # %% tags=["step:prepare"]
    print("ready")
    # %% tags=["step:train", "after:prepare"]
    print("training")

Fix
---
Correct the name; the message lists the steps. Names are compared exactly, but for white space and Unicode forms.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP106"
SEVERITY = Severity.ERROR
