"""A module of the user's own cannot go with the pipeline.

What
----
The notebook imports a module that lies beside it, and that is machine code (``.so``, ``.pyd``), or the notebook's own
modules are together too large: more than 4 MiB of source, or more than 2000 files.

Why
---
The source of the notebook's own modules goes with the pipeline, so that each step runs what was compiled, on any
machine. Machine code fits one kind of machine only, and pipelines of many megabytes fit nowhere.

Wrong
-----
::

    # %% tags=["step:train"]
    import fastmath
    # %% [file fastmath.so]
    (machine code)

Right
-----
::

    # %% tags=["step:train"]
    import mathlib
    # %% [file mathlib.py]
    def add(a, b):
        return a + b

Fix
---
Install the module as a package where the steps run: with ``pip install`` in the environment of the notebook's kernel,
and in the image of the steps on Kubernetes.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP151"
SEVERITY = Severity.ERROR
