"""A step changes a module, and later steps would not see it.

What
----
A step sets an attribute or option of a module to a value that is made by the step: it replaces a function of a library,
changes ``os.environ``, the working directory or the options of a library, by Python or by a magic such as ``%env``.
Or a function makes such a setting, and only some of the steps call it.

Why
---
Every step runs in a process of its own. Settings with constant values are made again in the later steps that could see
them; for computed values that is not possible.

Wrong
-----
::

    # %%
    import rules
    # %% tags=["step:prepare"]
    rules.limit = len(open("rows.txt").readlines())
    # %% tags=["step:train"]
    print(rules.limit)
    # %% [file rules.py]
    limit = 10

Right
-----
::

    # %% tags=["step:prepare"]
    limit = len(open("rows.txt").readlines())
    # %% tags=["step:train"]
    print(limit)

Fix
---
Make the setting in a cell tagged ``setup``, or hand the value on in a variable and set it where it is needed.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP139"
SEVERITY = Severity.ERROR
