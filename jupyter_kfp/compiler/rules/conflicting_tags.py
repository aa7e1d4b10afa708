"""Tags that contradict each other.

What
----
A cell has two ``step:`` tags, or ``step:`` together with ``setup``, ``parameters`` or ``skip``, or two of these
three, or ``after:`` although it belongs to no step; or its ``%%kfp`` magic says another thing than its tags.

Why
---
A cell has one place in the pipeline: in one step, in the setup, among the parameters, or nowhere.

Wrong
-----
::

    # %% tags=["step:load", "step:train"]
    rows = [1, 2]

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2]
    # %% tags=["step:train"]
    total = sum(rows)

Fix
---
Keep one of the tags. To have code in two steps, split the cell, or tag it ``setup`` if all steps need it.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP104"
SEVERITY = Severity.ERROR
