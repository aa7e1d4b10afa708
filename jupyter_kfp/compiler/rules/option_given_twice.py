"""Option in the magic and in the metadata.

What
----
The ``%%kfp step`` magic of a cell and its metadata ``kfp`` give the same option.

Why
---
One of them would be dropped.

Wrong
-----
::

    %%kfp step train --cpu 2
    # and in the cell's metadata
    {"kfp": {"cpu": 4}}

Right
-----
::

    %%kfp step train --cpu 2

Fix
---
Give the option in one place.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP124"
SEVERITY = Severity.ERROR
