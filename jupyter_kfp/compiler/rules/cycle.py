"""Steps wait for one another.

What
----
A step needs something of a second one, which needs something of the first: because cells of the first lie above and
below the second, or because ``after:`` tags contradict the order of the notebook.

Why
---
A step runs as a whole. None of these could start.

Wrong
-----
::

    # %% tags=["step:a"]
    x = 1
    # %% tags=["step:b"]
    y = x + 1
    # %% tags=["step:a"]
    print(y)

Right
-----
::

    # %% tags=["step:a"]
    x = 1
    # %% tags=["step:b"]
    y = x + 1
    # %% tags=["step:c"]
    print(y)

Fix
---
Give the later cells a step name of their own, or take away the ``after:`` tag.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP133"
SEVERITY = Severity.ERROR
