"""Two steps use one file, and nothing says which runs first.

What
----
A step writes a file, another step names the same file, and neither waits for the other: no variable goes from one to
the other, and there is no ``after:``.

Why
---
The order of steps comes from the variables that they hand on. Files are not seen: the steps may run at the same time,
or in either order.

Wrong
-----
::

    # %%
    import pandas as pd
    # %% tags=["step:prepare"]
    pd.DataFrame({"x": [1, 2]}).to_csv("clean.csv")
    # %% tags=["step:train"]
    data = pd.read_csv("clean.csv")

Right
-----
::

    # %%
    import pandas as pd
    # %% tags=["step:prepare"]
    pd.DataFrame({"x": [1, 2]}).to_csv("clean.csv")
    # %% tags=["step:train", "after:prepare"]
    data = pd.read_csv("clean.csv")

Fix
---
Tag a cell of the later step ``after:STEP``, or hand the data on in a variable, which also works where steps do not
share a file system.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP142"
SEVERITY = Severity.WARNING
