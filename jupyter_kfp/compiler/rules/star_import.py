"""The names of a star import are not known.

What
----
``from module import *`` binds what the module offers. The module could not be imported where the notebook was compiled.

Why
---
Without these names it cannot be said which step needs the import, and misspelt names are not found.

Wrong
-----
::

    # %% tags=["step:load"]
    from mylib import *
    print(clean("a"))

Right
-----
::

    # %% tags=["step:load"]
    from mylib import clean
    print(clean("a"))

Fix
---
Install the module where you compile, or import the names that you use.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP135"
SEVERITY = Severity.WARNING
