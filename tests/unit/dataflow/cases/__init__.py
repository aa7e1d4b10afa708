"""The oracle's table: small notebooks, one module for each topic, found by themselves.

A module exports ``SAME``, notebooks that the pipeline must not differ from, and ``REFUSED``, notebooks with the
diagnostics that they must get; either may be missing. Cases are text, with ``=====`` between them::

    title of the case
    # %% setup
    import helpers
    # %% a
    x = helpers.answer()
    # %% b after:a
    print(x)
    # file: helpers.py
    def answer(): return 42

* ``# %% a`` starts a cell of step a. ``setup``, ``parameters``, ``skip``, ``raises-exception``, ``markdown`` and words
  with a colon are tags (or the kind of cell) of that name, ``-`` is no tag. Cells are numbered from 1.
* ``# file: NAME`` starts a file beside the notebook; its text goes on to the next such line or cell.
* In ``REFUSED`` the title goes on with the codes: ``title -> KFP130@2:1, KFP131``, where ``@2:1`` is cell 2, line 1,
  and may be left out. A code from KFP300 on is that of an error while the pipeline runs. ``(keepable)`` at the end of
  the line says that an omniscient compiler could have kept the notebook: such refusals are counted. ``(differs)`` says
  that the code is a warning, and that the pipeline does differ.

A case of ``SAME`` may get warnings; its pipeline must print what the notebook prints, and fail where it fails.
"""
