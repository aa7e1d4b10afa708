"""A generator of random numbers is seeded whose state cannot be handed on.

What
----
TensorFlow or Keras is seeded once, and several steps use it.

Why
---
The notebook goes on drawing from one generator. The state of those of Python, numpy and torch is handed on from step to
step; TensorFlow does not give its state away, so each step begins anew with the seed.

Wrong
-----
::

    # %% tags=["setup"]
    import tensorflow as tf
    # %% tags=["step:first"]
    tf.random.set_seed(1)
    print(tf.random.normal([2]))
    # %% tags=["step:second"]
    print(tf.random.normal([2]))

Right
-----
::

    # %% tags=["setup"]
    import tensorflow as tf
    # %% tags=["step:draws"]
    tf.random.set_seed(1)
    print(tf.random.normal([2]))
    # %% tags=["step:draws"]
    print(tf.random.normal([2]))

Fix
---
Seed it in each step that draws, and expect other numbers than the notebook's; or put all cells that draw into one step.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP156"
SEVERITY = Severity.WARNING
