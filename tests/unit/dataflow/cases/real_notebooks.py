"""What notebooks from public collections do, cut down to the lines that matter."""

from __future__ import annotations

SAME = """
what a mask picks is changed
# %% a
import numpy as np
import pandas as pd
frame = pd.DataFrame({"kind": list("aba"), "length": [1.0, 2.0, 3.0]})
numbers = np.arange(4)
# %% b
frame.loc[frame["kind"] == "a", "length"] *= 100.0
numbers[numbers > 1] += 5
# %% c
print(frame, numbers)
=====
models of one set of data
# %% a
import numpy as np
import statsmodels.api as sm
x = np.column_stack((np.linspace(0, 20, 50), np.ones(50)))
y = np.dot(x, [1.0, 3.0]) + np.sin(np.arange(50))
# %% b
first = sm.OLS(y, x).fit()
# %% c
print(first.f_test([[0, 1]]))
# %% d
y = np.dot(x, [1.0, 2.0]) + np.cos(np.arange(50))
second = sm.OLS(y, x).fit()
# %% e
print(second.f_test([[0, 1]]))
=====
libraries that draw from numpy's generator
# %% a
import numpy as np
from statsmodels.tsa.arima_process import arma_generate_sample
np.random.seed(12345)
# %% b
y = arma_generate_sample([1, 0.5], [1, 0.3], 5)
# %% c
print(y, np.random.rand())
"""

REFUSED = """
a draw that the code does not show -> KFP336
# %% a
import numpy as np
np.random.seed(12345)
# %% b
parts = {"generator": vars(np)["random"]}
print(parts["generator"].rand())
# %% c
print(np.random.rand())
"""
