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

    # %% kfp={"cpu": 4}
    %%kfp step train --cpu 2
    print("training")

Right
-----
::

    # %%
    %%kfp step train --cpu 2
    print("training")

Fix
---
Give the option in one place.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP124"
SEVERITY = Severity.ERROR
