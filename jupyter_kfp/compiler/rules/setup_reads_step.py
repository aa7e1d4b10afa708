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

    # step:load
    rows = read_rows()
    # setup
    limit = len(rows) // 2

Right
-----
::

    # step:load
    rows = read_rows()
    limit = len(rows) // 2

Fix
---
Take the tag ``setup`` away, so that the cell belongs to a step. A function defined in setup may use a step's variables:
it is called later.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP132"
SEVERITY = Severity.ERROR
