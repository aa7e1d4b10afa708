"""``%%kfp`` that cannot be understood.

What
----
The magic ``%%kfp step NAME [options]`` in the first line of a cell has no name, several names, an unknown option,
or an option without a value.

Why
---
The magic says which step the cell belongs to and what the step needs; nothing of it is guessed or dropped.

Wrong
-----
::

    # %%
    %%kfp step Train model --cpus 2
    print("training")

Right
-----
::

    # %%
    %%kfp step "Train model" --cpu 2
    print("training")

Fix
---
Correct the line. Names with spaces stand in quotes. The options are ``--after``, ``--image``, ``--cpu``,
``--cpu-request``, ``--memory``, ``--memory-request``, ``--retries``, ``--timeout``, ``--no-cache`` and ``--env
NAME=VALUE``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP122"
SEVERITY = Severity.ERROR
