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
=====
attributes of frames
# %% a
import warnings
import pandas as pd
warnings.simplefilter("ignore")
frame = pd.DataFrame({"a": [1.0, 2.0], "when": pd.to_datetime(["2020", "2021"]), "s": list("xy")})
frame.note, column = [1], frame.a
column.unit = "m"
frame.when.dt.year, frame.s.str.upper(), frame.plot
# %% b
print(frame.note, column.unit, frame)
frame.note.append(2)
# %% c
print(frame.note)
=====
matrices of formulas
# %% a
import numpy as np
import pandas as pd
import patsy
data = pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": [1.0, 3.0, 5.0], "c": list("xyx")})
def twice(x): return 2 * x
y, x = patsy.dmatrices("a ~ np.log(b) + twice(b) + center(a)", data)
as_frame = patsy.dmatrix("C(c)", data, return_type="dataframe")
# %% b
print(np.asarray(x), x, as_frame.design_info.column_names)
# %% c
print(patsy.build_design_matrices([x.design_info], data.head(2)))
=====
code that is profiled
# %% a
import cProfile, contextlib, io
size = 10
# %% b
def add(n): result.append(n + 1)
result = []
# %% c
with contextlib.redirect_stdout(io.StringIO()):
    cProfile.run("add(size)")
# %% d
code = "add(size + 1)"
# %% e
with contextlib.redirect_stdout(io.StringIO()):
    cProfile.run(code)
# %% f
print(result)
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
