"""Options in the wrong cell.

What
----
A cell has options (metadata ``kfp``) but is not the first cell of a step, or belongs to no step at all.

Why
---
The options of a step stand in one place, its first cell, so that they cannot contradict each other. Options
elsewhere would be dropped.

Wrong
-----
::

    # %% tags=["step:train"]
    rows = 100
    # %% kfp={"memory": "4Gi"}
    table = list(range(rows))

Right
-----
::

    # %% tags=["step:train"] kfp={"memory": "4Gi"}
    rows = 100
    # %%
    table = list(range(rows))

Fix
---
Move the options to the first cell of the step; the message gives its number.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP115"
SEVERITY = Severity.ERROR
