"""Tag that looks like one of ours.

What
----
A cell has a tag such as ``paramters``, ``Skip``, ``set-up`` or ``step train``: nearly one of ``parameters``,
``setup``, ``skip``, ``step:NAME`` and ``after:NAME``, but not quite.

Why
---
The tag means nothing to jupyter_kfp. A cell that was meant to hold the parameters, say, is then an ordinary cell of
a step.

Wrong
-----
::

    # %% tags=["paramters"]
    rows = 100
    # %% tags=["step:load"]
    print(rows)

Right
-----
::

    # %% tags=["parameters"]
    rows = 100
    # %% tags=["step:load"]
    print(rows)

Fix
---
Correct the tag, or leave it if it belongs to another tool.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP102"
SEVERITY = Severity.WARNING
