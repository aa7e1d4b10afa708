"""A file would have to travel against the order of the steps.

What
----
A cell uses a file that a step above it writes, but belongs to a step that has to run before that one.

Why
---
The cells of a step run together. If one of them makes what the other step needs, and another one reads what that step
writes, each step would have to run before the other.

Wrong
-----
::

    # %% tags=["step:prepare"]
    rows = [1, 2]
    # %% tags=["step:save"]
    with open("rows.txt", "w") as file:
        file.write(str(rows))
    # %% tags=["step:prepare"]
    print(open("rows.txt").read())

Right
-----
::

    # %% tags=["step:prepare"]
    rows = [1, 2]
    # %% tags=["step:save"]
    with open("rows.txt", "w") as file:
        file.write(str(rows))
    # %% tags=["step:show"]
    print(open("rows.txt").read())

Fix
---
Make a step of its own of the cell that comes too late.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP142"
SEVERITY = Severity.ERROR
