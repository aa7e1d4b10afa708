"""Setup binds a name to a value that differs in each step.

What
----
A cell tagged ``setup`` binds a name to something that is new whenever it runs: the time, a random number without a
seed, an identifier, ``object()``; and several steps replay the cell.

Why
---
Setup is run again at the start of every step. In the notebook the value is made once, and all cells see the same.

Wrong
-----
::

    # %% tags=["setup"]
    import uuid
    RUN = uuid.uuid4().hex
    # %% tags=["step:load"]
    print("load", RUN)
    # %% tags=["step:train"]
    print("train", RUN)

Right
-----
::

    # %% tags=["setup"]
    import uuid
    # %% tags=["step:begin"]
    RUN = uuid.uuid4().hex
    # %% tags=["step:load"]
    print("load", RUN)
    # %% tags=["step:train"]
    print("train", RUN)

Fix
---
Move the line into a step, or into a cell of its own without the tag ``setup``; the value is handed on to the steps that
use it. Random numbers may stay if setup seeds their generator.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP141"
SEVERITY = Severity.WARNING
