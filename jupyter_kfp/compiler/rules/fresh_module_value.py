"""Setup imports a value from a module that differs in each step.

What
----
A cell tagged ``setup`` imports a name from one of the notebook's own modules, and the module binds it to something that
is new whenever it is loaded: the time, an identifier, a random number without a seed.

Why
---
Each step loads the module and runs setup again. In the notebook the value is made once, and all cells see the same.
What is written as ``module.NAME`` is handed on from the first step that uses it; a name of the notebook, bound in setup
before that, is not.

Wrong
-----
::

    # %% tags=["setup"]
    from settings import RUN
    # %% tags=["step:load"]
    print("load", RUN)
    # %% tags=["step:train"]
    print("train", RUN)
    # %% [file settings.py]
    import uuid
    RUN = uuid.uuid4().hex

Right
-----
::

    # %% tags=["setup"]
    import settings
    # %% tags=["step:load"]
    print("load", settings.RUN)
    # %% tags=["step:train"]
    print("train", settings.RUN)
    # %% [file settings.py]
    import uuid
    RUN = uuid.uuid4().hex

Fix
---
Import the module and write ``module.NAME``, or import the name in a step: then all steps have one value.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP153"
SEVERITY = Severity.WARNING
