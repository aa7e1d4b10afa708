"""Not a notebook.

What
----
The file is not JSON, not encoded in UTF-8, cut off, without ``nbformat`` or ``cells``, of a newer major format, or
a field in it has the wrong type.

Why
---
What cannot be read for certain is not guessed.

Wrong
-----
::

    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
      {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": 5}
    ]}

Right
-----
::

    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
      {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": "x = 5"}
    ]}

Fix
---
The message names the cell and field, or the line of the file. Save the notebook again from Jupyter, or restore it;
of a merge conflict, resolve the conflict.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP112"
SEVERITY = Severity.ERROR
