"""A variable of IPython that holds earlier results is used.

What
----
``_``, ``__``, ``Out[3]``, ``In``, ``_i`` and the like refer to cells that ran before in the same kernel.

Why
---
A step runs in a kernel of its own, where other cells, or none, ran before.

Wrong
-----
::

    # %% tags=["step:load"]
    [1, 2, 3]
    # %% tags=["step:count"]
    print(len(_))

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2, 3]
    # %% tags=["step:count"]
    print(len(rows))

Fix
---
Give the value a name where it is made.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP138"
SEVERITY = Severity.ERROR
