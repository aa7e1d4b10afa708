"""Code is run that is known only at run time.

What
----
``eval``, ``exec`` or ``globals()`` with something else than a constant.

Why
---
Variables that such code reads or binds are not seen: a step may lack an input, a later step may get an old value. All
setup is replayed for a step with such code.

Wrong
-----
::

    # %% tags=["step:check"]
    exec(open("rules.py").read())

Right
-----
::

    # %% tags=["step:check"]
    limit = float(open("limit.txt").read())

Fix
---
Import the code as a module, or name the variables that it needs in the cell. What it binds, bind in the cell:
``limit = namespace["limit"]``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP136"
SEVERITY = Severity.WARNING
