"""A declared file is not what a later step would be given.

What
----
A step asks for a file with ``kfp.input_files`` that no step above declares in ``kfp.files``. Or a step changes a file
that another one declares, does not declare it itself, and a later step reads it.

Why
---
Declared files travel as artifacts of the steps that declare them. A step that reads one is given the last that was
declared above it: if something changed it in between, that would be lost, and the notebook's result with it.

Wrong
-----
::

    # %% tags=["step:prepare"] kfp={"files": ["rows.txt"]}
    with open("rows.txt", "w") as file:
        file.write("1 2")
    # %% tags=["step:extend"]
    with open("rows.txt", "a") as file:
        file.write(" 3")
    # %% tags=["step:train"]
    print(open("rows.txt").read())

Right
-----
::

    # %% tags=["step:prepare"] kfp={"files": ["rows.txt"]}
    with open("rows.txt", "w") as file:
        file.write("1 2")
    # %% tags=["step:extend"] kfp={"files": ["rows.txt"], "input_files": ["rows.txt"]}
    with open("rows.txt", "a") as file:
        file.write(" 3")
    # %% tags=["step:train"]
    print(open("rows.txt").read())

Fix
---
Declare the file in ``kfp.files`` of each step that writes it.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP166"
SEVERITY = Severity.ERROR
