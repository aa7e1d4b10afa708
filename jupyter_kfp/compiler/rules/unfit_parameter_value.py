"""Value that no parameter can hold.

What
----
The default of a parameter is a literal, but not one of JSON: infinity, an integer beyond 2^53, bytes, a set, a
complex number, a dict whose keys are not text.

Why
---
KFP passes parameters as JSON, numbers as doubles. The value would be changed on the way.

Wrong
-----
::

    # %% tags=["parameters"]
    identifier = 12345678901234567890
    # %% tags=["step:load"]
    print(identifier)

Right
-----
::

    # %% tags=["parameters"]
    identifier = "12345678901234567890"
    # %% tags=["step:load"]
    print(identifier)

Fix
---
Write the value as text, a list, or a dict with text as keys, and convert it in a cell below.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP117"
SEVERITY = Severity.ERROR
