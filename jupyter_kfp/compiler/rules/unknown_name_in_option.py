"""An option names a variable that the step does not have.

What
----
``kfp.mutates`` of a step names a variable that no cell up to the end of the step binds, or ``kfp.type`` one that the
step does not make, or that no later step reads.

Why
---
The option would do nothing: a change that is meant to be declared stays undeclared, an artifact does not get the type
that it should have.

Wrong
-----
::

    # %% tags=["step:load"]
    rows = [3, 1, 2]
    # %% tags=["step:tidy"] kfp={"mutates": ["rovs"]}
    rows.sort()
    # %% tags=["step:report"]
    print(rows)

Right
-----
::

    # %% tags=["step:load"]
    rows = [3, 1, 2]
    # %% tags=["step:tidy"] kfp={"mutates": ["rows"]}
    rows.sort()
    # %% tags=["step:report"]
    print(rows)

Fix
---
Correct the name, or take it away.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP144"
SEVERITY = Severity.ERROR
