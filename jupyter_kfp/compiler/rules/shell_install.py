"""Packages are installed while the notebook runs.

What
----
``!pip install`` (or ``!conda install`` and the like) in a cell; or ``%pip install`` in a step that other steps do not
wait for.

Why
---
After ``!`` the shell looks for a ``pip``, and may find that of another Python than the kernel's: the packages are then
missing where the notebook runs. And steps run in processes of their own: one that does not wait for the installing step
may start before the packages are there.

Wrong
-----
::

    # %% tags=["step:load"]
    !pip install pyarrow
    rows = [1, 2, 3]
    # %% tags=["step:train"]
    print(sum(rows))

Right
-----
::

    # %% tags=["step:load"]
    %pip install pyarrow
    rows = [1, 2, 3]
    # %% tags=["step:train"]
    print(sum(rows))

Fix
---
Write ``%pip install``, in a cell tagged ``setup`` if several steps need the packages: it is then done at the start of
each. Better, install them before the run: in the environment of the kernel, or in the image that ``kfp.image`` names.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP143"
SEVERITY = Severity.WARNING
