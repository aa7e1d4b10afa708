"""A file is used that another step writes, and is no part of the pipeline.

What
----
A step writes a file, or makes a folder, and a later step uses it. The later one waits for the earlier one, as if a
variable went from one to the other.

Why
---
The file itself stays where it is. That works where all steps share the notebook's folder, as on one machine. Steps that
run in pods, or on a Kubeflow Pipelines server, have folders of their own: the later step does not find it.

Wrong
-----
::

    # %% tags=["step:prepare"]
    with open("rows.txt", "w") as file:
        file.write("1 2 3")
    # %% tags=["step:train"]
    print(open("rows.txt").read())

Right
-----
::

    # %% tags=["step:prepare"]
    rows = "1 2 3"
    # %% tags=["step:train"]
    print(rows)

Fix
---
Hand the data on in a variable. Or declare the file in the metadata of the step that writes it, ``kfp: {"files":
["rows.txt"]}``: then it is kept as an artifact and put in its place before later steps that read it, wherever they run.
A folder that is only to be there is best made in each step that needs it, with ``os.makedirs(..., exist_ok=True)``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP165"
SEVERITY = Severity.HINT
