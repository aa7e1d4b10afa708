"""Notebook for Kale.

What
----
The notebook is marked up for Kale: it has ``block:`` or ``prev:`` tags, or the metadata ``kubeflow_notebook``.

Why
---
Kale's tags are not read yet, so the pipeline does not have the steps that they describe.

Wrong
-----
::

    # %% tags=["block:load"]
    rows = [1, 2]
    # %% tags=["block:train", "prev:load"]
    print(sum(rows))

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2]
    # %% tags=["step:train", "after:load"]
    print(sum(rows))

Fix
---
Tag the cells with ``step:NAME``, and with ``after:NAME`` where no variable shows the order.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP123"
SEVERITY = Severity.WARNING
