"""A setting is made between two cells of one step.

What
----
A setup cell, or a cell of another step, changes how the process or a library behaves, or seeds a generator, and it lies
between two cells of a step that both may see it.

Why
---
What a step needs of other cells is there before its first cell runs. The cells of the step above the setting would have
it, too, which they do not in the notebook.

Wrong
-----
::

    # %% tags=["step:load"]
    import os
    print(os.environ.get("REGION"))
    # %% tags=["setup"]
    import os
    os.environ["REGION"] = "eu"
    # %% tags=["step:load"]
    print(os.environ["REGION"])

Right
-----
::

    # %% tags=["setup"]
    import os
    # %% tags=["step:load"]
    print(os.environ.get("REGION"))
    # %% tags=["step:load"]
    os.environ["REGION"] = "eu"
    # %% tags=["step:load"]
    print(os.environ["REGION"])

Fix
---
Move the cell above the step, make it a cell of the step, or give the step's cells below it a step name of their own.
Of settings that only change how things look this is a warning.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP155"
SEVERITY = Severity.ERROR
