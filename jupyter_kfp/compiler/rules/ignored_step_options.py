"""Options of a step in a notebook run whole.

What
----
The whole notebook is compiled as one step, though it has step tags, and a cell carries options for its step.

Why
---
Options of different steps cannot all hold for one step, so they are not used.

Wrong
-----
::

    $ jupyter kfp check --whole train.ipynb
    # %% tags=["step:train"] kfp={"memory": "8Gi"}
    model = [0] * 1000

Right
-----
::

    $ jupyter kfp check --whole train.ipynb
    # %% [notebook] kfp={"defaults": {"memory": "8Gi"}}
    # %% tags=["step:train"]
    model = [0] * 1000

Fix
---
Set what the whole notebook needs in the notebook's metadata.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP128"
SEVERITY = Severity.WARNING
