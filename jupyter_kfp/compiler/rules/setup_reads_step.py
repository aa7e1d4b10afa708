"""Setup reads what a step makes.

What
----
A cell that counts as setup uses, when it runs, a variable that a step binds.

Why
---
Setup is replayed at the start of every step, before its inputs are loaded. The variable is not there yet, and if it
were, the order of the notebook would be lost.

Wrong
-----
::

    # %% tags=["step:load"]
    rows = [1, 2, 3]
    # %% tags=["setup"]
    limit = len(rows) // 2
    # %% tags=["step:train"]
    print(rows[:limit])

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2, 3]
    # %%
    limit = len(rows) // 2
    # %% tags=["step:train"]
    print(rows[:limit])

Fix
---
Take the tag ``setup`` away, so that the cell belongs to a step. A function defined in setup may use a step's variables:
it is called later.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP132"
SEVERITY = Severity.ERROR
