"""What a function with a cache has kept is needed in a later step.

What
----
A function under ``functools.lru_cache`` (or another cache) is called in two steps, and calling it again makes a
difference: it prints or does something else beside returning a value, it reads a variable that has another value by
now, what it returned was changed in place, or ``cache_info()`` is asked for.

Why
---
What such a function has kept cannot be read out of it, so it stays in the step that called it. A later step would call
it anew.

Wrong
-----
::

    # %% tags=["setup"]
    from functools import lru_cache
    @lru_cache
    def load(name):
        print("loading", name)
        return len(name)
    # %% tags=["step:train"]
    size = load("train")
    # %% tags=["step:report"]
    print(load("train"))

Right
-----
::

    # %% tags=["setup"]
    from functools import lru_cache
    @lru_cache
    def load(name):
        print("loading", name)
        return len(name)
    # %% tags=["step:train"]
    size = load("train")
    # %% tags=["step:report"]
    print(size)

Fix
---
Call it in one step and hand the result on in a variable, or keep results in a dictionary of the notebook: that is
handed on.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP137"
SEVERITY = Severity.ERROR
