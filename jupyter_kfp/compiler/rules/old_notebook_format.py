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

    {"nbformat": 3, "worksheets": [...]}

Right
-----
::

    {"nbformat": 4, "cells": [...]}

Fix
---
Convert it: ``jupyter nbconvert --to notebook --nbformat 4 --inplace NOTEBOOK``, or open and save it in JupyterLab.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP111"
SEVERITY = Severity.ERROR
