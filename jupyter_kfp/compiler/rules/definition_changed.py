"""A function or class is changed after its definition.

What
----
An attribute of a function or class is set in another step than the one that defines it, and a later step uses it.

Why
---
What setup defines is defined anew in every step, and instances bring their class along as it was when they were saved.
The change would be there in some steps and missing in others.

Wrong
-----
::

    # %% tags=["setup"]
    class Model:
        runs = 0
    # %% tags=["step:train"]
    model = Model()
    Model.runs += 1
    # %% tags=["step:report"]
    print(Model.runs)

Right
-----
::

    # %% tags=["step:train"]
    runs = 1
    # %% tags=["step:report"]
    print(runs)

Fix
---
Keep what changes in a variable or in the instance, or change it in the cell that defines it.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP137"
SEVERITY = Severity.ERROR
