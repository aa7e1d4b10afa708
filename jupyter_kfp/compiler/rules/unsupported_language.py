"""Notebook in another language.

What
----
The kernel of the notebook is not a Python kernel.

Why
---
What one step hands to the next is found by analysing Python and is carried by Python.

Wrong
-----
::

    # %% [notebook] kernelspec={"name": "ir", "display_name": "R", "language": "R"}
    # %% tags=["step:train"]
    x <- 1

Right
-----
::

    # %% [notebook] kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"}
    # %% tags=["step:train"]
    x = 1

Fix
---
Choose a Python kernel. Cells of other languages can be run from it by magics such as ``%%R`` and ``%%bash``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP118"
SEVERITY = Severity.ERROR
