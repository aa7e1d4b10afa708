"""Notebook of an old format.

What
----
The file is a notebook of nbformat 3 or older.

Why
---
Its cells are laid out differently and carry no tags.

Wrong
-----
::

    {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": []}]}

Right
-----
::

    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
      {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": "x = 5"}
    ]}

Fix
---
Convert it: ``jupyter nbconvert --to notebook --nbformat 4 --inplace NOTEBOOK``, or open and save it in JupyterLab.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP111"
SEVERITY = Severity.ERROR
