"""A magic takes what IPython keeps of earlier cells.

What
----
``%history``, ``%recall``, ``%rerun``, ``%macro``, ``%save`` and the like show, run or keep the text of cells that ran
before in the same kernel.

Why
---
A step runs in a kernel of its own, which ran none of the cells of other steps: the magic gives less there than in the
notebook, or something else.

Wrong
-----
::

    # %% tags=["step:load"]
    rows = [1, 2, 3]
    # %% tags=["step:show"]
    %history

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2, 3]
    # %% tags=["step:show"]
    print(rows)

Fix
---
Write out what the magic would give, or put the cells that it takes into the same step. Where nobody needs its output,
tag the cell with skip.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP170"
SEVERITY = Severity.WARNING
