"""A function with a cache is changed after its definition.

What
----
A step changes a function that another step or the setup defines and that keeps what it computed (``functools.cache``,
``lru_cache``): it clears the cache or sets an attribute; and a later step uses the function.

Why
---
What such a function has kept cannot be handed on: a later step gets it as it was defined, with an empty cache. The
change would be there in some steps and missing in others.

Wrong
-----
::

    # %% tags=["setup"]
    import functools
    @functools.cache
    def area(size):
        return [size * size]
    # %% tags=["step:train"]
    area(2).append(0)
    area.cache_clear()
    # %% tags=["step:report"]
    print(area(2))

Right
-----
::

    # %% tags=["setup"]
    def area(size):
        return [size * size]
    # %% tags=["step:train"]
    print(area(2) + [0])
    # %% tags=["step:report"]
    print(area(2))

Fix
---
Keep what changes in a variable of its own, or do it in the cell that defines the function.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP137"
SEVERITY = Severity.ERROR
