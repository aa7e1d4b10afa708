"""A number from id() is read in another step.

What
----
A variable holds what ``id(x)`` gave in one step, and another step reads it.

Why
---
``id`` is the place of an object in the memory of its process. Another step is another process: there the same object
has another identity, and some other object may have this one.

Wrong
-----
::

    # %% tags=["step:load"]
    rows = [1, 2]
    mark = id(rows)
    # %% tags=["step:check"]
    print(id(rows) == mark)

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2]
    same = rows
    # %% tags=["step:check"]
    print(same is rows)

Fix
---
Hand on the objects and compare them by ``is``: variables that share an object share it in later steps, too. Or give the
objects numbers of your own.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP160"
SEVERITY = Severity.ERROR
