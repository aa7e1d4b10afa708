"""A module finds a file by its own place, and the file does not go with it.

What
----
One of the notebook's own modules makes the path of a file from ``__file__``, or reads files of its package, and the
compiler cannot tell which file that is, or the file is missing or larger than 1 MiB.

Why
---
A step runs a copy of the module, in a folder of its own. Files of packages, and files that a module names by its own
place, are copied too; others are not there.

Wrong
-----
::

    # %% tags=["step:load"]
    import tables
    rows = tables.read("prices")
    # %% [file tables.py]
    from pathlib import Path
    def read(name):
        return (Path(__file__).parent / f"{name}.csv").read_text()

Right
-----
::

    # %% tags=["step:load"]
    import tables
    rows = tables.read("prices.csv")
    # %% [file tables.py]
    from pathlib import Path
    def read(path):
        return Path(path).read_text()

Fix
---
Pass the path to the module from the notebook, or name the file in the module: ``Path(__file__).parent / "prices.csv"``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP152"
SEVERITY = Severity.WARNING
