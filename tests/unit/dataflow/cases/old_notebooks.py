"""What notebooks of earlier years begin with."""

from __future__ import annotations

SAME = """
future import below a magic
# %% a
%matplotlib inline
from __future__ import division
x = 1
# %% b
print(x / 2)
=====
pylab
# %% a
%pylab inline
x = arange(3)
# %% b
print(x, array([1.0]), np.pi, figsize)
=====
pylab without stars
# %% setup
%pylab agg --no-import-all
# %% a
x = np.arange(3)
# %% b
print(x, plt.rcParams is matplotlib.rcParams, 'arange' in globals())
=====
load offers text for a cell to come, and sets nothing
# %% a
x = 1
# %% b
%load?
print(x)
=====
main as a module
# %% a
x = 1
# %% b
import __main__
print(__main__.__name__)
"""

REFUSED = ""
