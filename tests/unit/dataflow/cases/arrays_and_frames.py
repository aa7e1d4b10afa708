"""numpy's arrays and pandas' frames."""

from __future__ import annotations

SAME = """
change by out=
# %% setup
import numpy as np
# %% a
v = np.zeros(3)
# %% b
np.add(v, 1, out=v)
# %% c
print(v)
=====
numpy view
# %% setup
import numpy as np
# %% a
base = np.arange(6)
view = base[2:4]
# %% b
view[:] = 0
# %% c
print(base)
=====
pandas in place
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [2, 1]})
# %% b
df.sort_values('v', inplace=True)
# %% c
df['w'] = df.v * 2
# %% d
print(df.to_dict())
=====
pandas looked at in two steps
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [2, 1]})
# %% b
df.head()
df.describe()
m = df.v.mean()
# %% c
print(df.v.sum(), m)
"""
