"""IPython's own syntax: magics, shell commands, help, prompts, what is shown."""

from __future__ import annotations

SAME = """
pretty printing turned off
# %% a
%pprint
# %% b
[['a' * 30, 'b' * 30, 'c' * 30], ['d' * 30]]
=====
formatter through a name for the shell
# %% a
ip = get_ipython()
f = ip.display_formatter.formatters['text/plain']
f.for_type(float, lambda v, p, c: p.text(f'{v:.2f}'))
x = 3.14159
# %% b
x
=====
exit code of a command of an earlier step
# %% a
!false
# %% b
print(_exit_code)
=====
exit code in the cell of its command
# %% a
x = 3
# %% b
!exit {x}
print(_exit_code)
=====
mode of tracebacks says so once
# %% a
%xmode Minimal
# %% b
x = 1
print(x)
=====
formatter of a type
# %% a
ip = get_ipython()
html = ip.display_formatter.formatters['text/html']
html.for_type(int, lambda n: f'<b>{n}</b>')
# %% b
x = 5
x
=====
names in a shell command
# %% a
x, word = [1], 'there'
# %% b
!echo {x} $word
=====
an attribute and an expression in a shell command
# %% a
import types
s = types.SimpleNamespace(v=3)
# %% b
!echo {s.v + 1}
=====
doubled braces and dollars are the shell's own
# %% a
x = 1
# %% b
!x=5; echo $$x {{x}}
=====
shell assignment
# %% a
files = !printf 'b\\na\\n'
# %% b
print(files, sorted(files))
=====
shell assignment with a name
# %% a
word = 'hello'
# %% b
out = !echo $word
# %% c
print(out[0])
=====
matplotlib inline, in the first step
# %% a
%matplotlib inline
import matplotlib.pyplot as plt
x = 1
# %% b
print(x)
=====
matplotlib inline, in setup
# %% setup
%matplotlib inline
import matplotlib.pyplot as plt
# %% a
fig, ax = plt.subplots()
ax.plot([1, 2]);
# %% b
print(len(fig.axes))
=====
load_ext and autoreload
# %% setup
%load_ext autoreload
%autoreload 2
# %% a
x = 1
# %% b
print(x)
=====
timeit of a name
# %% a
xs = [3, 1, 2]
# %% b
%timeit -n 1 -r 1 sorted(xs)
# %% c
print(xs)
=====
timeit changes what it times
# %% a
xs = []
# %% b
%timeit -n 2 -r 1 xs.append(1)
# %% c
print(len(xs) > 0)
=====
timeit leaves no names
# %% a
y = 1
# %% b
%timeit -n 1 -r 1 y = 5
# %% c
print(y)
=====
time cell magic binds names
# %% a
%%time
total = sum(range(5))
# %% b
print(total)
=====
time line magic binds names
# %% a
%time total = sum(range(5))
# %% b
print(total)
=====
time cell magic changes in place
# %% a
xs = []
# %% b
%%time
xs.append(1)
# %% c
print(xs)
=====
timeit cell magic
# %% a
xs = [1, 2]
# %% b
%%timeit -n 1 -r 1
z = sum(xs)
# %% c
print('z' in globals(), xs)
=====
capture binds its name
# %% a
x = 2
# %% b
%%capture out
print('inside', x)
y = x + 1
# %% c
print(out.stdout, y)
=====
capture without a name
# %% a
%%capture
print('hidden')
y = 1
# %% b
print(y)
=====
bash cell
# %% a
%%bash
echo one
echo two
# %% b
print('after')
=====
bash cell that gives its output to a name
# %% a
%%bash --out text
echo one
# %% b
print(text)
=====
writefile and import of what it wrote
# %% a
%%writefile settings_of_mine.txt
depth = 3
# %% b after:a
print(open('settings_of_mine.txt').read())
=====
writefile in setup
# %% setup
%%writefile made_by_setup.txt
hello
# %% a
print(open('made_by_setup.txt').read())
=====
cd in setup
# %% setup
%cd -q /
# %% a
import os
print(os.getcwd())
=====
env magic
# %% a
%env KFP_ORACLE=seven
# %% b
import os
print(os.environ['KFP_ORACLE'])
=====
question mark and two
# %% a
x = [1]
# %% b
x?
x.append??
?x
print(x)
=====
help of an unknown name
# %% a
x = 1
nothing_at_all?
# %% b
print(x)
=====
a line that begins with a percent sign goes on from the one before
# %% a
n = 17
# %% b
m = (n
%5)
print(m)
=====
a string that looks like a magic
# %% a
text = '''
%time nothing
!echo no
%%bash
'''
# %% b
print(text)
=====
magic in a block
# %% a
n = 3
# %% b
if n > 2:
    %time y = n * 2
else:
    y = 0
# %% c
print(y)
=====
magic that gives a value
# %% a
folder = %pwd
# %% b
print(type(folder).__name__)
=====
macro of the prompt: pasted doctest
# %% a
>>> x = 1
>>> y = x + 1
# %% b
print(x, y)
=====
who and whos
# %% a
x = 1
# %% b
y = 2
# %% c
print(x + y)
%who int
=====
cell magic for html
# %% a
x = 1
# %% b
%%html
<b>hi</b>
# %% c
print(x)
=====
last expression is shown
# %% a
x = [1, 2]
x
# %% b
x + [3]
=====
semicolon hides the result
# %% a
x = [1]
# %% b
x;
=====
display of a value
# %% a
from IPython.display import display
x = {'k': 1}
# %% b
display(x)
x
=====
interactivity of the last expressions
# %% setup
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.ast_node_interactivity = 'all'
# %% a
x = 1
x
x + 1
# %% b
x
x + 2
=====
prun and its statement
# %% a
xs = []
# %% b
%prun -q xs.append(1)
# %% c
print(xs)
=====
precision in the same step
# %% a
%precision 2
x = 3.14159
x
=====
future import below a magic
# %% a
%matplotlib inline
from __future__ import division
x = 1
# %% b
print(x / 2)
=====
python cell in another process
# %% a
x = 1
# %% b
%%python
print('another process')
# %% c
print(x)
=====
alias magic
# %% a
%alias_magic t timeit
x = 1
# %% b
print(x)
=====
cd in a step
# %% a
%cd -q /
# %% b
import os
print(os.getcwd())
=====
run of a script that binds names
# %% a
%run prepare.py
# %% b
print(prepared)
# file: prepare.py
prepared = [1, 2]
=====
run of a script that a cell writes, over an older one
# %% a
z, w = 5, 0
# %% b
%%writefile made.py
z, w = 99, 1
# %% c
%run made.py
# %% d
print(z, w)
# file: made.py
w = 2
=====
run of a notebook
# %% a
%run other.ipynb
# %% b
print(from_other)
# file: other.ipynb
{"nbformat": 4, "nbformat_minor": 5, "cells": [{
  "cell_type": "code", "id": "a", "metadata": {}, "source": "from_other = 5", "outputs": [], "execution_count": null
}], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}}
=====
run of a script with names of the notebook
# %% a
base = 10
# %% b
%run -i scaled.py
# %% c
print(scaled)
# file: scaled.py
scaled = base * 2
=====
user_ns
# %% a
x = 4
# %% b
get_ipython().user_ns['y'] = 5
# %% c
print(x, y)
"""

REFUSED = """
history of earlier cells -> KFP170@2:1 (differs)
# %% a
y = 3
# %% b
%history
=====
names of all variables -> KFP136@2:1
# %% a
y = 3
s = 'x'
# %% b
%whos
=====
formatter with a function of the notebook -> KFP139@1:4 (differs)
# %% a
def fmt(n, pp, cycle): pp.text(f'int {n}')
def install():
    get_ipython().display_formatter.formatters['text/plain'].for_type(int, fmt)
install()
# %% b
5
=====
hook before each cell -> KFP139@1:3
# %% a
def hook(*a):
    print('pre')
get_ipython().events.register('pre_run_cell', hook)
# %% b
print('b')
=====
store magic -> KFP129@1:2
# %% a
x = 5
%store x
# %% b
print(x)
=====
get_ipython run_line_magic -> KFP130@3:1 (keepable)
# %% a
x = 4
# %% b
get_ipython().run_line_magic('time', 'y = x + 1')
# %% c
print(y)
=====
reset in a step -> KFP129@2:1 (differs)
# %% a
x = 1
# %% b
%reset -f
# %% c
print('x' in globals())
=====
install of a package -> KFP143@1:1
# %% a
!pip install --help > /dev/null
x = 1
# %% b
print(x)
"""
