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

    # step:load
    read_rows()
    # step:count
    print(len(_))

Right
-----
::

    # step:load
    rows = read_rows()
    # step:count
    print(len(rows))

Fix
---
Give the value a name where it is made.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP138"
SEVERITY = Severity.ERROR
