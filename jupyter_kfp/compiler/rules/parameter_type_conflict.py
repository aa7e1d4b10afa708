"""Default that contradicts the declared type.

What
----
A parameter is annotated, or commented, with a type that its default does not have.

Why
---
The type is declared to KFP, which would refuse or convert the default.

Wrong
-----
::

    # %% tags=["parameters"]
    rate: int = 2.5
    # %% tags=["step:train"]
    print(rate)

Right
-----
::

    # %% tags=["parameters"]
    rate: float = 2.5
    # %% tags=["step:train"]
    print(rate)

Fix
---
Correct the value or the type. None is a possible default of every type; an integer is a possible default of a
float.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP120"
SEVERITY = Severity.ERROR
