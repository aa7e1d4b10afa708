"""No heading to start a step.

What
----
Steps were asked for by heading, but no markdown cell has a heading of level 1 to 3 beside the notebook's title.

Why
---
Without headings and tags the whole notebook is one step.

Wrong
-----
::

    $ jupyter kfp check --by-heading train.ipynb
    # %% [markdown]
    # # My notebook
    # %%
    rows = [1, 2]
    # %%
    print(sum(rows))

Right
-----
::

    $ jupyter kfp check --by-heading train.ipynb
    # %% [markdown]
    # # My notebook
    # %% [markdown]
    # ## Load
    # %%
    rows = [1, 2]
    # %% [markdown]
    # ## Train
    # %%
    print(sum(rows))

Fix
---
Write headings in markdown cells, or tag code cells with ``step:NAME``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP126"
SEVERITY = Severity.WARNING
