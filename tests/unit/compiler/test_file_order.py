"""Steps that use one file run in the order of the notebook; the file is said to be no part of the pipeline."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, compile_notebook
from jupyter_kfp.compiler.file_names import may_be_same
from jupyter_kfp.compiler.text_values import ANY
from jupyter_kfp.notebook.diagnostic import Severity
from jupyter_kfp.spec.extension import read_extension


def compiled(text: str) -> CompiledNotebook:
    """From cells such as ``# %% a``: ``a`` is a step, ``setup`` and ``parameters`` are tags."""
    cells: list[dict[str, Any]] = []
    for part in text.split("# %% ")[1:]:
        word, _, source = part.partition("\n")
        tags = [word] if word in {"setup", "parameters"} else [f"step:{word}"]
        cell = {"cell_type": "code", "id": f"c{len(cells)}", "metadata": {"tags": tags}, "source": source.strip("\n")}
        cells.append({**cell, "outputs": [], "execution_count": None})
    return compile_notebook({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def order(text: str) -> dict[str, list[str]]:
    """What each step waits for."""
    result = compiled(text)
    assert result.pipeline is not None, result.diagnostics
    assert result.pipeline.spec.root.dag is not None
    return {key: list(task.dependent_tasks) for key, task in result.pipeline.spec.root.dag.tasks.items()}


def cases(text: str) -> dict[str, Any]:
    """Title and cells of each case, as arguments of `parametrize`."""
    found = [case.strip("\n").partition("\n") for case in text.split("=====")]
    return {"argvalues": [cells for _, _, cells in found], "ids": [title for title, _, _ in found]}


ORDERED = """
literal
# %% a
open('x.txt', 'w').write('1')
# %% b
open('x.txt').read()
=====
other spelling
# %% a
open('./d/../x.txt', 'w').write('1')
# %% b
open('x.txt').read()
=====
path
# %% setup
from pathlib import Path
D = Path('in')
# %% a
(D / 'x.csv').write_text('')
# %% b
(D / 'x.csv').read_text()
=====
join
# %% setup
import os
D = 'in'
# %% a
open(os.path.join(D, 'x'), 'w')
# %% b
open(os.path.join(D, 'x'))
=====
f-string
# %% setup
D = 'in'
# %% a
open(f'{D}/x', 'w')
# %% b
open(D + '/x')
=====
format
# %% a
open('{}.csv'.format(3), 'w')
# %% b
open('%d.csv' % 3)
=====
parameter
# %% parameters
D = 'run'
# %% a
open(f'{D}/x', 'w')
# %% b
open('run/x')
=====
suffix
# %% setup
from pathlib import Path
p = Path('a.csv')
# %% a
p.with_suffix('.json').write_text('')
# %% b
open('a.json')
=====
renamed stem
# %% setup
from pathlib import Path
p = Path('d/a.csv')
# %% a
(p.parent / (p.stem + '_x.csv')).touch()
# %% b
open('d/a_x.csv')
=====
default of the environment
# %% setup
import os
D = os.environ.get('DATA', 'd')
# %% a
open(D + '/x', 'w')
# %% b
open('d/x')
=====
loop over names
# %% a
for n in ['x', 'y']:
    open(f'{n}.csv', 'w')
# %% b
open('y.csv')
=====
loop over anything
# %% a
for n in range(3):
    open(f'part_{n}.csv', 'w')
# %% b
open('part_2.csv')
=====
glob
# %% a
open('part_1.csv', 'w')
# %% b
import glob
glob.glob('part_*.csv')
=====
path glob
# %% a
open('d/1.csv', 'w')
# %% b
from pathlib import Path
list(Path('d').glob('*.csv'))
=====
listdir
# %% a
open('d/1.csv', 'w')
# %% b
import os
os.listdir('d')
=====
function
# %% setup
def save(name):
    open(f'out/{name}.txt', 'w')
# %% a
save('x')
# %% b
open('out/x.txt')
=====
keyword and default
# %% setup
def save(name, folder='out'):
    open(f'{folder}/{name}', 'w')
# %% a
save(name='x')
# %% b
open('out/x')
=====
function of a function
# %% setup
def where(n):
    return 'out/' + n
def save(n):
    open(where(n), 'w')
# %% a
save('x')
# %% b
open(where('x'))
=====
method
# %% setup
class Store:
    def __init__(self, d):
        self.d = d
    def save(self, n):
        open(f'{self.d}/{n}', 'w')
s = Store('out')
# %% a
s.save('x')
# %% b
open('out/x')
=====
lambda
# %% setup
put = lambda n: open(n, 'w')
# %% a
put('x.txt')
# %% b
open('x.txt')
=====
comprehension
# %% a
[open(n, 'w') for n in ('x', 'y')]
# %% b
open('x')
=====
joblib
# %% a
import joblib
joblib.dump([1], 'model')
# %% b
import joblib
joblib.load('model')
=====
frame
# %% a
import pandas as pd
pd.DataFrame().to_parquet('x.parquet')
# %% b
import pandas as pd
pd.read_parquet('x.parquet')
=====
partitioned
# %% a
import pandas as pd
pd.DataFrame().to_parquet('x')
# %% b
open('x/part=1/0.parquet')
=====
shown
# %% a
from matplotlib import pyplot as plt
plt.savefig('p.png')
# %% b
display('p.png')
=====
path opened
# %% a
from pathlib import Path
Path('d.txt').open('w')
# %% b
from pathlib import Path
Path('d.txt').read_text()
=====
appended after it was read
# %% a
open('d.txt').read()
# %% b
open('d.txt', 'a')
=====
any reader
# %% a
open('x.bin', 'w')
# %% b
import mylib
mylib.whatever('x.bin')
=====
zip
# %% a
import zipfile
zipfile.ZipFile('x.zip', 'w')
# %% b
import zipfile
zipfile.ZipFile('x.zip')
=====
extracted
# %% a
import zipfile
zipfile.ZipFile('x.zip').extractall('d')
# %% b
open('d/one/two.csv')
=====
download
# %% a
from urllib.request import urlretrieve
urlretrieve('https://x.org/y', 'd.csv')
# %% b
open('d.csv')
=====
copied
# %% a
import shutil
shutil.copy('x.csv', 'd')
# %% b
open('d/x.csv')
=====
renamed
# %% a
import os
os.rename('t', 'x')
# %% b
open('x')
=====
database
# %% a
import sqlite3
sqlite3.connect('x.db')
# %% b
import sqlite3
sqlite3.connect('x.db')
=====
%%writefile
# %% a
%%writefile x.json
{}
# %% b
open('x.json')
=====
module
# %% a
%%writefile own_module.py
x = 1
# %% b
import own_module
=====
part of a package
# %% a
open('own/part.py', 'w')
# %% b
from own.part import x
=====
shell
# %% a
!echo 1 > x.txt
# %% b
!cat x.txt
=====
%%bash
# %% a
%%bash
sort y.txt | uniq > x.txt
# %% b
open('x.txt')
=====
wget
# %% a
!wget -q https://x.org/d/x.csv
# %% b
open('x.csv')
=====
mkdir and file
# %% a
!mkdir -p out
# %% b
open('out/x', 'w')
=====
folder made
# %% a
import os
os.makedirs('out')
# %% b
open('out/x', 'w')
=====
folder removed
# %% a
open('out/x', 'w')
# %% b
import shutil
shutil.rmtree('out')
=====
folder removed and made
# %% a
import shutil
shutil.rmtree('out')
# %% b
import os
os.makedirs('out')
=====
removed before
# %% a
open('x').read()
# %% b
import os
os.remove('x')
=====
read and then written
# %% a
open('x').read()
# %% b
open('x', 'w')
=====
written twice
# %% a
open('x', 'w')
# %% b
open('x', 'w')
=====
appended twice
# %% a
open('x', 'a')
# %% b
open('x', 'a')
=====
asked for
# %% a
open('x', 'w')
# %% b
import os
os.path.exists('x')
=====
other folder
# %% setup
import os
os.chdir('d')
# %% a
open('x', 'w')
# %% b
open('x')
=====
either name
# %% setup
import sys
n = 'x' if sys.platform else 'y'
# %% a
open(n, 'w')
# %% b
open('y')
=====
engine of setup
# %% setup
from sqlalchemy import create_engine
import pandas as pd
engine = create_engine("sqlite:///my.db")
# %% a
pd.DataFrame().to_sql('t', engine)
# %% b
pd.read_sql('select * from t', engine)
=====
engine of setup in a function
# %% setup
from sqlalchemy import create_engine
import pandas as pd
engine = create_engine(url="sqlite+pysqlite:////abs/my.db?timeout=3")
def load(query, connection): return pd.read_sql(query, connection)
# %% a
with engine.begin() as c: c.execute('insert')
# %% b
load('select * from t', engine)
=====
session of setup
# %% setup
from sqlalchemy import create_engine
import pandas as pd
DB = 'my.db'
engine = create_engine(f"sqlite:///{DB}", echo=False)
from sqlalchemy.orm import sessionmaker
Session = sessionmaker(bind=engine)
# %% a
with Session() as s: s.add(1)
# %% b
Session().query(1)
=====
URL
# %% a
import pandas as pd
pd.DataFrame().to_sql('t', 'sqlite:///my.db')
# %% b
import pandas as pd
pd.read_sql('select * from t', con='sqlite:///my.db')
=====
database by file and by URL
# %% a
import duckdb
duckdb.connect('./my.db').sql('create')
# %% b
import pandas as pd
pd.read_sql('t', 'duckdb:///my.db')
=====
database on a server
# %% setup
from sqlalchemy import create_engine
import pandas as pd
import os
engine = create_engine("postgresql://me:secret@host/db")
# %% a
pd.DataFrame().to_sql('t', engine)
# %% b
pd.read_sql('select * from t', engine)
=====
database of an unknown name
# %% setup
from sqlalchemy import create_engine
import pandas as pd
import os
engine = create_engine(os.environ['DB'])
# %% a
pd.DataFrame().to_sql('t', engine)
# %% b
pd.read_sql('select * from t', engine)
=====
store of setup
# %% setup
import pandas as pd
store = pd.HDFStore('x.h5')
# %% a
store['x'] = 1
# %% b
store['x']
"""


@pytest.mark.parametrize("text", **cases(ORDERED))
def test_steps_that_share_a_file_are_ordered(text: str) -> None:
    assert order(text) == {"a": [], "b": ["a"]}


FREE = """
two readers
# %% a
open('x.txt')
# %% b
open('x.txt')
=====
index
# %% a
open('d', 'w')
# %% b
x = {'d': 1}['d']
=====
two files
# %% a
open('x.txt', 'w')
# %% b
open('y.txt')
=====
figures of any name
# %% setup
from matplotlib import pyplot as plt
import sys
def show(n):
    plt.savefig(f'{n}.png')
# %% a
show(sys.argv)
# %% b
show(sys.path)
=====
own folder
# %% a
import os
os.makedirs('out', exist_ok=True)
open('out/x', 'w')
# %% b
import os
os.makedirs('out', exist_ok=True)
open('out/y', 'w')
=====
word
# %% a
open('model', 'w')
# %% b
print('another model')
=====
address
# %% a
open('x.org', 'w')
# %% b
fetch = 'https://x.org/x.org'
=====
unknown
# %% a
import sys
open(sys.argv[0], 'w')
# %% b
import sys
open(sys.argv[1])
=====
format of numbers
# %% a
open('x.csv', 'w')
# %% b
print(f'{3.1415:.2f}')
=====
hidden by a parameter
# %% setup
n = 'x.txt'
def look(n):
    return open(n)
# %% a
open('x.txt', 'w')
# %% b
import sys
look(sys.argv)
=====
database read twice
# %% setup
from sqlalchemy import create_engine
import pandas as pd
engine = create_engine("sqlite:///my.db")
# %% a
pd.read_sql('select 1', engine)
# %% b
pd.read_sql('select 1', engine)
=====
databases in memory
# %% a
import sqlite3
sqlite3.connect(':memory:')
# %% b
import sqlite3
sqlite3.connect(':memory:')
=====
engines in memory
# %% a
from sqlalchemy import create_engine
create_engine('sqlite://')
create_engine('sqlite:///:memory:')
# %% b
from sqlalchemy import create_engine
create_engine('sqlite://')
open('y', 'w')
=====
only opened for reading
# %% a
import duckdb
duckdb.connect('x.db', read_only=True)
# %% b
import sqlite3
sqlite3.connect('file:x.db?mode=ro', uri=True)
=====
other databases
# %% setup
from sqlalchemy import create_engine
import pandas as pd
one, other = create_engine("sqlite:///one.db"), create_engine("sqlite:///other.db")
# %% a
one.connect()
# %% b
other.connect()
"""


@pytest.mark.parametrize("text", **cases(FREE))
def test_other_steps_are_not(text: str) -> None:
    assert order(text) == {"a": [], "b": []}


def test_the_file_is_said_to_be_no_part_of_the_pipeline() -> None:
    (found,) = compiled("# %% prepare\nopen('x.txt', 'w').write('1')\n# %% train\n\nopen('x.txt').read()").diagnostics
    assert (found.code, found.severity, found.cell, found.line, found.step) == ("KFP165", Severity.HINT, 2, 1, "train")
    assert "“train” reads the file “x.txt” that step “prepare” writes (cell 1)" in found.message
    assert 'kfp: {"files": ["x.txt"]}' in found.hint


def test_what_holds_for_all_files_is_said_once() -> None:
    text = "# %% a\nopen('x.txt', 'w')\nopen('y.txt', 'w')\n# %% b\nopen('x.txt')\nopen('y.txt')"
    first, second = compiled(text).diagnostics
    assert first.hint.startswith("this works where steps share a folder")
    assert first.hint.endswith(second.hint.replace("y.txt", "x.txt"))
    assert second.hint.startswith("declare it in the metadata of step “a”")


def test_of_several_writers_the_last_is_named() -> None:
    text = "# %% a\nopen('x', 'w')\n# %% b\nopen('x', 'w')\n# %% c\nopen('x')\n# %% c\nopen('x')"
    (found,) = compiled(text).diagnostics
    assert "that step “b” writes (cell 2)" in found.message
    assert found.cell == 3


def test_a_folder_is_made_best_where_it_is_used() -> None:
    (found,) = compiled("# %% a\nimport os\nos.mkdir('out')\n# %% b\nopen('out/x', 'w')").diagnostics
    assert found.code == "KFP165"
    assert 'os.makedirs("out", exist_ok=True)' in found.hint


def test_the_line_of_the_call_is_named_not_that_of_the_function() -> None:
    text = "# %% setup\ndef look():\n    pass\n    return open('x')\n# %% a\nopen('x', 'w')\n# %% b\ny = 1\nlook()"
    (found,) = compiled(text).diagnostics
    assert (found.cell, found.line) == (3, 2)


def test_a_line_comment_silences_it() -> None:
    text = "# %% a\nopen('x', 'w')\n# %% b\nopen('x')  # kfp: ignore[KFP165]"
    assert not compiled(text).diagnostics


def test_what_cannot_be_ordered_is_refused() -> None:
    text = "# %% a\nrows = [1]\n# %% b\nopen('r', 'w').write(str(rows))\n# %% a\nopen('r').read()"
    result = compiled(text)
    assert result.pipeline is None
    (found,) = result.diagnostics
    assert (found.code, found.severity, found.cell) == ("KFP142", Severity.ERROR, 3)
    mentioned = compiled(text.replace("'r'", "'r.txt'").replace("open('r.txt').read()", "print('r.txt')"))
    assert mentioned.pipeline is not None  # perhaps it is no file
    assert [one.severity for one in mentioned.diagnostics] == [Severity.WARNING]


def test_recursive_functions_end() -> None:
    text = "# %% setup\ndef f(n):\n    open(n, 'w')\n    return f(n + 'x')\n# %% a\nf('y')\n# %% b\nopen('y')"
    assert order(text) == {"a": [], "b": ["a"]}


@pytest.mark.parametrize(
    ("written", "used", "expected"),
    [
        ("a.csv", "a.csv", True),
        ("a", "a/b", True),
        ("a/b", "a", False),
        ("a", f"a/{ANY}.txt", True),
        (f"p_{ANY}.csv", "p_1.csv", True),
        ("p_1.csv", f"p_{ANY}.csv", True),
        ("q_1.csv", f"p_{ANY}.csv", False),
        (f"p_{ANY}.csv", f"{ANY}_1.csv", True),
        (f"p_{ANY}.csv", f"q_{ANY}.csv", False),
        (f"p_{ANY}.csv", f"p_{ANY}.txt", False),
    ],
)
def test_names_with_unknown_parts(written: str, used: str, expected: bool) -> None:
    assert may_be_same(written, used) is expected


def test_a_password_of_a_database_stays_out() -> None:
    text = """
# %% setup
from sqlalchemy import create_engine
engine = create_engine("postgresql://me:secret@host/db")
# %% a
engine.connect()
# %% b
engine.connect()
"""
    result = compiled(text)
    assert not result.diagnostics
    assert result.pipeline is not None
    assert result.pipeline.spec.deployment_spec is not None
    extension = read_extension(result.pipeline.spec.deployment_spec.extension)
    assert extension is not None
    assert [edge.files for edge in extension.edges] == [["database:host/db"]]
