"""A variable is used that no cell above binds.

What
----
A step reads, changes or deletes a name that no cell above it binds: it is bound nowhere, only further down, only in a
cell tagged ``skip``, or it was deleted before. The same holds for what a function needs that the step calls.
A name that no cell at all binds is told of once, with all places.

Why
---
A pipeline means the notebook run from top to bottom in a fresh kernel; there this line raises ``NameError``. That it
works in your kernel now is a matter of the order in which you ran the cells.

Wrong
-----
::

    # %% tags=["step:count"]
    total = 3
    # %% tags=["step:report"]
    print(totl)

Right
-----
::

    # %% tags=["step:count"]
    total = 3
    # %% tags=["step:report"]
    print(total)

Fix
---
Correct the name, move the cell that binds it up, or remove the tag ``skip`` there.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP130"
SEVERITY = Severity.ERROR
