"""A step would need two values of one variable.

What
----
The cells of a step lie above and below another step (or setup cell) that binds or changes a variable which the step
uses on both sides; or a step changes a variable again after a later step has read it.

Why
---
A step gets its inputs once, before its first cell, and gives its outputs once, after its last.

Wrong
-----
::

    # %% tags=["step:begin"]
    x = 1
    # %% tags=["step:a"]
    print(x)
    # %% tags=["step:b"]
    x = 2
    # %% tags=["step:a"]
    print(x)

Right
-----
::

    # %% tags=["step:begin"]
    x = 1
    # %% tags=["step:a"]
    print(x)
    # %% tags=["step:b"]
    x = 2
    # %% tags=["step:c"]
    print(x)

Fix
---
Give the later cells a step name of their own, or give the new value another name.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP134"
SEVERITY = Severity.ERROR
