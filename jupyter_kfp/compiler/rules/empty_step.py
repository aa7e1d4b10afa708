"""Step without code.

What
----
The cells of a step are all empty.

Why
---
There is nothing to run, so the step is left out of the pipeline.

Wrong
-----
::

    # %% tags=["step:load"]
    score = 1
    # %% tags=["step:report"]

Right
-----
::

    # %% tags=["step:load"]
    score = 1
    # %% tags=["step:report"]
    print(score)

Fix
---
Write its code, or delete the tag.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP125"
SEVERITY = Severity.WARNING
