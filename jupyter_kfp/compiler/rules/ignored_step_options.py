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

    jupyter kfp run --whole notebook.ipynb   # cell 4: {"kfp": {"memory": "8Gi"}}

Right
-----
::

    # in the notebook's metadata
    {"kfp": {"defaults": {"memory": "8Gi"}}}

Fix
---
Set what the whole notebook needs in the notebook's metadata.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP128"
SEVERITY = Severity.WARNING
