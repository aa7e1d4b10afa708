"""Name that no step can have.

What
----
A ``step:`` or ``after:`` tag, or a ``%%kfp step`` magic, gives a name that is empty, longer than 100 characters, or
holds invisible characters (such as a zero-width space).

Why
---
The name is shown everywhere and the step's identifier is made from it. Two names that differ by an invisible
character cannot be told apart.

Wrong
-----
::

    # %% tags=["step:"]
    print("training")

Right
-----
::

    # %% tags=["step:train"]
    print("training")

Fix
---
Write a name: any readable text of up to 100 characters.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP103"
SEVERITY = Severity.ERROR
