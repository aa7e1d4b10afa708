"""Untagged cells make a first step.

What
----
Above the first step there are code cells without a tag that do more than import, define and configure. They become
a step of their own, called “Start”.

Why
---
Such cells may be slow or have effects, so they are not replayed in every step as setup is. What they make reaches
the other steps as data.

Wrong
-----
::

    # %%
    data = open("data.csv").read()
    # %% tags=["step:train"]
    print(len(data))

Right
-----
::

    # %% tags=["step:load"]
    data = open("data.csv").read()
    # %% tags=["step:train"]
    print(len(data))

Fix
---
Tag the first of them with ``step:NAME``. If every step needs what they do, tag them with ``setup``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP108"
SEVERITY = Severity.HINT
