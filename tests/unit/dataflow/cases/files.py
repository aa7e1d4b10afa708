"""Files that one step writes and another uses: the notebook's order is kept, however their names come about."""

from __future__ import annotations

SAME = """
file written and read without an order
# %% a
with open('made.txt', 'w') as f:
    f.write('x')
# %% b
print(open('made.txt').read())
=====
read, overwritten, read again
# %% a
print(open('data.txt').read())
# %% b
with open('data.txt', 'w') as f:
    f.write('new')
# %% c
print(open('data.txt').read())
# file: data.txt
old
=====
name from a folder in setup
# %% setup
from pathlib import Path
OUT = Path('out')
# %% a
OUT.mkdir()
# %% b
(OUT / 'x.txt').write_text('1')
# %% c
print((OUT / 'x.txt').read_text())
=====
names from a loop, found by a pattern
# %% a
for i in range(3):
    with open(f'part_{i}.txt', 'w') as f:
        f.write(str(i))
# %% b
import glob
print([open(p).read() for p in sorted(glob.glob('part_*.txt'))])
=====
functions that save and load
# %% setup
import os
def where(name):
    return os.path.join('store', name + '.txt')
def save(name, text):
    os.makedirs('store', exist_ok=True)
    with open(where(name), 'w') as f:
        f.write(text)
def load(name):
    return open(where(name)).read()
# %% a
save('one', '1')
# %% b
save('two', '2')
# %% c
print(load('one'), load('two'))
=====
class that stores
# %% setup
class Store:
    def __init__(self, folder):
        self.folder = folder
    def put(self, name, text):
        with open(f'{self.folder}/{name}', 'w') as f:
            f.write(text)
store = Store('.')
# %% a
store.put('x.txt', '1')
# %% b
print(open('x.txt').read())
=====
parameter in the name
# %% parameters
run = 'first'
# %% a
with open(f'{run}.txt', 'w') as f:
    f.write('1')
# %% b
print(open(run + '.txt').read())
=====
folder made, filled, listed, removed
# %% a
import os
os.makedirs('tmp/deep')
# %% b
for name in ('x', 'y'):
    open(f'tmp/deep/{name}', 'w').close()
# %% c
import os
print(sorted(os.listdir('tmp/deep')))
# %% d
import shutil
shutil.rmtree('tmp')
# %% e
import os
print(os.path.exists('tmp'))
=====
file renamed and removed
# %% a
open('one.txt', 'w').close()
# %% b
import os
os.rename('one.txt', 'two.txt')
# %% c
import os
print(os.path.exists('one.txt'), os.path.exists('two.txt'))
# %% d
import os
os.remove('two.txt')
=====
lines appended by several steps
# %% a
with open('log.txt', 'w') as f:
    print('a', file=f)
# %% b
with open('log.txt', 'a') as f:
    print('b', file=f)
# %% c
with open('log.txt', 'a') as f:
    print('c', file=f)
# %% d
print(open('log.txt').read())
=====
two writers of one file
# %% a
with open('x.txt', 'w') as f:
    f.write('a')
# %% b
with open('x.txt', 'w') as f:
    f.write('b')
# %% c
print(open('x.txt').read())
=====
magics and commands
# %% a
%%writefile settings.json
{"rate": 2}
# %% b
import json
rate = json.load(open('settings.json'))['rate']
!echo {rate} > rate.txt
# %% c
lines = !cat rate.txt
print(lines)
# %% d
%%bash
cat rate.txt settings.json > both.txt
# %% e
print(len(open('both.txt').read()))
=====
database in a file without an order
# %% a
import sqlite3
with sqlite3.connect('data.sqlite') as db:
    db.execute('create table t (x int)')
db.close()
# %% b
import sqlite3
with sqlite3.connect('data.sqlite') as db:
    db.execute('insert into t values (1)')
db.close()
# %% c
import sqlite3
db = sqlite3.connect('data.sqlite')
print(db.execute('select * from t').fetchall())
db.close()
=====
archive, copy, pickle
# %% a
import pickle
with open('x.pkl', 'wb') as f:
    pickle.dump([1, 2], f)
# %% b
import shutil
shutil.copy('x.pkl', 'y.pkl')
# %% c
import zipfile
with zipfile.ZipFile('z.zip', 'w') as z:
    z.write('y.pkl')
# %% d
import os, zipfile
os.remove('y.pkl')
zipfile.ZipFile('z.zip').extractall('.')
# %% e
import pickle
print(pickle.load(open('y.pkl', 'rb')))
=====
frame in files of several kinds
# %% setup
import pandas as pd
import numpy as np
# %% a
df = pd.DataFrame({'x': [1, 2]})
df.to_csv('x.csv', index=False)
df.to_parquet('x.parquet')
np.save('x.npy', df.x.to_numpy())
# %% b
print(pd.read_csv('x.csv').x.sum(), pd.read_parquet('x.parquet').x.sum(), np.load('x.npy').sum())
=====
module that reads and a step that writes what it names
# %% a
with open('conf.ini', 'w') as f:
    f.write('7')
# %% b
import helper
print(helper.read('conf.ini'))
# file: helper.py
def read(name):
    return open(name).read()
"""

REFUSED = """
file against the order of the steps -> KFP142@3:1
# %% a
rows = [1]
# %% b
with open('rows.txt', 'w') as f:
    f.write(str(rows))
# %% a
print(open('rows.txt').read())
=====
file beside the pipeline -> KFP165@2:2
# %% a
with open('rows.txt', 'w') as f:
    f.write('1')
# %% b
rows = 1
print(open('rows.txt').read())
"""
