"""Figures and axes of matplotlib."""

from __future__ import annotations

SAME = """
axes drawn on, the figure read later
# %% setup
import matplotlib.pyplot as plt
# %% a
fig, ax = plt.subplots()
# %% b
ax.plot([1, 2])
# %% c
print(len(fig.axes[0].lines))
plt.close('all')
=====
axes of a grid, and a line, drawn on
# %% setup
import matplotlib.pyplot as plt
# %% a
fig, (left, right) = plt.subplots(1, 2)
whole, axes = plt.subplots(2)
line, = axes[0].plot([1, 2])
# %% b
right.hist([1, 2])
for one in axes.flat:
    one.plot([1, 2])
line.set_label('l')
# %% c
print(len(fig.axes[1].patches), len(axes[0].lines), len(whole.axes[1].lines), whole.axes[0].lines[0].get_label())
plt.close('all')
=====
axes made by methods, drawn on by functions
# %% setup
import matplotlib.pyplot as plt
def draw(onto):
    onto.plot([1, 2])
# %% a
fig = plt.figure()
first = fig.add_subplot(1, 2, 1)
second = fig.add_subplot(1, 2, 2)
# %% b
draw(first)
draw(fig.gca())
bars = second.bar([1], [2])
# %% c
print([len(one.lines) for one in fig.axes], [len(one.patches) for one in fig.axes])
plt.close('all')
=====
current axes of pyplot
# %% setup
import matplotlib.pyplot as plt
# %% a
fig = plt.figure()
ax = plt.gca()
# %% b
ax.plot([1, 2])
# %% c
plt.sca(ax)
plt.plot([1, 2])
# %% d
print(len(fig.axes[0].lines))
plt.close('all')
=====
axes in a list, and of a plot of a frame
# %% setup
import matplotlib.pyplot as plt
import pandas as pd
# %% a
fig = plt.figure()
axes = [fig.add_subplot(1, 2, number) for number in (1, 2)]
other = pd.DataFrame({'x': [1, 2]}).plot()
bars = pd.DataFrame({'x': [1, 2]}).plot.bar()
# %% b
axes[0].plot([1, 2])
other.plot([1])
bars.plot([1])
# %% c
print([len(one.lines) for one in [*fig.axes, other, bars]])
plt.close('all')
"""
