"""Option with an impossible value.

What
----
An option in the metadata ``kfp`` has a value of the wrong type, a value that no cluster would take (``-1`` CPUs,
``4GB`` of memory), or contradicts another (a request above its limit).

Why
---
Kubernetes would refuse it when the pipeline runs, or do something else than what was meant.

Wrong
-----
::

    # %% tags=["step:train"] kfp={"memory": "4GiB", "cpu": 1, "cpu_request": 2}
    print("training")

Right
-----
::

    # %% tags=["step:train"] kfp={"memory": "4Gi", "cpu": 2, "cpu_request": 1}
    print("training")

Fix
---
Correct the value; the message says what is allowed. Memory has the units ``Ki``, ``Mi``, ``Gi``; CPUs are numbers
or thousandths (``500m``); times are seconds or text such as ``1h30m``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP110"
SEVERITY = Severity.ERROR
