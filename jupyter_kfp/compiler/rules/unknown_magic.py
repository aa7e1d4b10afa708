"""Magic whose effect is not known.

What
----
A cell uses a magic that may set or delete variables in a way that its source does not show, such as ``%reset``,
``%store -r``, or one of an extension; or it runs a program by ``%run`` that is not beside the notebook. A script or
notebook beside it is read as if it stood in the cell.

Why
---
What a step needs and makes is found by reading its source. Variables that such a magic sets are not seen, and do
not reach other steps.

Wrong
-----
::

    # %% tags=["step:load"]
    %run prepare.py
    # %% tags=["step:train"]
    print("training")

Right
-----
::

    # %% tags=["step:load"]
    import prepare
    data = prepare.load()
    # %% tags=["step:train"]
    print(data)
    # %% [file prepare.py]
    def load():
        return [1, 2, 3]

Fix
---
Write in Python what later cells need. If the magic only shows something, leave it.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP129"
SEVERITY = Severity.WARNING
