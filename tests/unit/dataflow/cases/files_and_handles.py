"""Files that steps share, and what no file can hold: locks, connections, threads."""

from __future__ import annotations

SAME = """
file opened and closed within a step
# %% a
with open('notes.txt', 'w') as f:
    f.write('one')
# %% b after:a
print(open('notes.txt').read())
=====
lock in setup
# %% setup
import threading
lock = threading.Lock()
# %% a
n = 0
with lock:
    n += 1
# %% b
with lock:
    n += 1
print(n)
=====
database in a file, a connection in each step
# %% a
import sqlite3
with sqlite3.connect('data.sqlite') as db:
    db.execute('create table t (x int)')
    db.execute('insert into t values (1)')
db.close()
# %% b after:a
import sqlite3
db = sqlite3.connect('data.sqlite')
print(db.execute('select * from t').fetchall())
db.close()
=====
pool within a step
# %% a
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool:
    squares = list(pool.map(lambda x: x * x, range(4)))
# %% b
print(squares)
=====
object that leaves its lock out when pickled
# %% a
import threading
class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.n = 0
    def __getstate__(self):
        return {'n': self.n}
    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.Lock()
c = Counter()
# %% b
with c.lock:
    c.n += 1
# %% c
print(c.n)
=====
module in a container
# %% a
import math, json
tools = {'m': math, 'j': json}
# %% b
print(tools['m'].sqrt(4), tools['j'].dumps(1))
=====
io buffers
# %% a
import io
buffer = io.StringIO()
buffer.write('one')
# %% b
buffer.write('two')
# %% c
print(buffer.getvalue())
=====
file written and read, ordered by data
# %% a
path = 'made' + '.txt'
with open(path, 'w') as f:
    f.write('x')
# %% b
print(open(path).read())
=====
frame written and read
# %% setup
import pandas as pd
# %% a
pd.DataFrame({'x': [1]}).to_csv('made.csv', index=False)
# %% b after:a
print(pd.read_csv('made.csv').x.sum())
=====
file beside the notebook
# %% a
text = open('data.txt').read()
# %% b
print(text)
# file: data.txt
hello
=====
folder made by pathlib
# %% a
from pathlib import Path
out = Path('results')
out.mkdir(exist_ok=True)
(out / 'one.txt').write_text('1')
# %% b
print((out / 'one.txt').read_text())
=====
append to a file in two steps
# %% a
with open('log.txt', 'a') as f:
    f.write('a')
# %% b after:a
with open('log.txt', 'a') as f:
    f.write('b')
# %% c after:b
print(open('log.txt').read())
=====
temporary folder
# %% a
import tempfile, os
folder = tempfile.mkdtemp()
open(os.path.join(folder, 'x'), 'w').close()
# %% b
print(os.listdir(folder))
"""

REFUSED = """
open file for another step -> KFP313
# %% a
f = open('notes.txt', 'w')
f.write('one')
# %% b
f.write('two')
f.close()
=====
closed file travels -> KFP313 (keepable)
# %% a
f = open('nb.ipynb')
text = f.read(3)
f.close()
# %% b
print(text, f.closed)
=====
lock in a step -> KFP313 (keepable)
# %% a
import threading
lock = threading.Lock()
n = 0
# %% b
with lock:
    n += 1
# %% c
print(n)
=====
socket -> KFP313
# %% a
import socket
s = socket.socket()
# %% b
print(s.fileno() >= 0)
s.close()
=====
database connection -> KFP313
# %% a
import sqlite3
db = sqlite3.connect(':memory:')
db.execute('create table t (x int)')
# %% b
print(db.execute('select count(*) from t').fetchall())
=====
database in a file, connection in setup -> KFP313 (keepable)
# %% setup
import sqlite3
db = sqlite3.connect('data.sqlite')
# %% a
with db:
    db.execute('create table t (x int)')
    db.execute('insert into t values (1)')
# %% b after:a
print(db.execute('select * from t').fetchall())
=====
thread -> KFP313
# %% a
import threading
t = threading.Thread(target=print, args=('ran',))
t.start()
t.join()
# %% b
print(t.is_alive())
=====
pool in another step -> KFP313
# %% a
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
# %% b
print(list(pool.map(abs, [-1])))
=====
object that holds a lock -> KFP313 (keepable)
# %% a
import threading
class Counter:
    def __init__(self):
        self.lock = threading.Lock()
        self.n = 0
c = Counter()
# %% b
c.n += 1
# %% c
print(c.n)
=====
weak reference -> KFP313
# %% a
import weakref
class Node: pass
node = Node()
ref = weakref.ref(node)
# %% b
print(ref() is node)
=====
compiled pattern and its match -> KFP313 (keepable)
# %% a
import re
pattern = re.compile('(b)c')
found = pattern.search('abc')
# %% b
print(pattern.pattern, found.group(1))
"""
