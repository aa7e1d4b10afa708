"""A step changes a module, and later steps would not see it.

What
----
A step, or a function that it calls, puts something of its own into a module: it replaces a function of a library by one
of the notebook, sets an attribute to a computed value, exchanges ``sys.stdout``, registers an accessor.

Why
---
Every step runs in a process of its own. Settings that consist of constants and imported names are made again in the
later steps that could see them, and whole groups of settings (the environment, the working directory, ``sys.path``,
options of pandas, numpy, matplotlib and scikit-learn, logging, warnings, decimal) are handed on however they were
computed. What else a module holds is not.

Wrong
-----
::

    # %% tags=["setup"]
    import textwrap
    # %% tags=["step:prepare"]
    def first_words(text, width):
        return text[:width]
    textwrap.shorten = first_words
    # %% tags=["step:print"]
    print(textwrap.shorten("a long sentence", 6))

Right
-----
::

    # %% tags=["setup"]
    def first_words(text, width):
        return text[:width]
    # %% tags=["step:prepare"]
    print(first_words("another sentence", 7))
    # %% tags=["step:print"]
    print(first_words("a long sentence", 6))

Fix
---
Make the setting in a cell tagged ``setup``, or hand the value on in a variable and set it where it is needed.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP139"
SEVERITY = Severity.ERROR
