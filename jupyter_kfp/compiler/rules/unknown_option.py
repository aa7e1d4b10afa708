"""Unknown option.

What
----
The metadata ``kfp`` of a cell or of the notebook has a field that does not exist.

Why
---
An option that is not understood would be dropped, and the step would run without what it was meant to have.

Wrong
-----
::

    # %% tags=["step:train"] kfp={"memroy": "4Gi"}
    print("training")

Right
-----
::

    # %% tags=["step:train"] kfp={"memory": "4Gi"}
    print("training")

Fix
---
Correct the name; the message lists the options that exist at that place.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP109"
SEVERITY = Severity.ERROR
