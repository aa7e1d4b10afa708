"""Tag on a cell without code.

What
----
A markdown or raw cell has a tag such as ``step:NAME`` or ``setup``.

Why
---
Tags count on code cells only: the code below is not in the step that the tag names.

Wrong
-----
::

    # %% tags=["step:load"]
    rows = [1, 2]
    # %% [markdown] tags=["step:train"]
    # Train
    # %%
    print(sum(rows))

Right
-----
::

    # %% tags=["step:load"]
    rows = [1, 2]
    # %% [markdown]
    # Train
    # %% tags=["step:train"]
    print(sum(rows))

Fix
---
Put the tag on the first code cell below. To start steps by headings, use ``--by-heading``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP127"
SEVERITY = Severity.WARNING
