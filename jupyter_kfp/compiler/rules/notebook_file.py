"""Notebook that cannot be opened.

What
----
There is no file at the path, it is a folder, or it may not be read.

Why
---
Without the file there is nothing to compile.

Wrong
-----
::

    $ jupyter kfp check trian.ipynb
    # %% tags=["step:train"]
    print("training")

Right
-----
::

    $ jupyter kfp check train.ipynb
    # %% tags=["step:train"]
    print("training")

Fix
---
Correct the path (the message suggests a notebook of the same folder), or the permissions of the file.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP113"
SEVERITY = Severity.ERROR
