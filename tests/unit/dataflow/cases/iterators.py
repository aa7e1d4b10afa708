"""Generators and iterators that are consumed here and there."""

from __future__ import annotations

SAME = """
generator consumed by the same step
# %% a
g = (i for i in range(5))
next(g)
rest = list(g)
# %% b
print(rest)
=====
iterator half consumed
# %% a
it = iter([1, 2, 3])
# %% b
next(it)
# %% c
print(list(it))
=====
iterator of a list, consumed in three steps
# %% a
it = iter([1, 2, 3, 4])
# %% b
a = next(it)
# %% c
b = next(it)
# %% d
print(a, b, list(it))
=====
iterator and its list, which grows
# %% a
xs = [1]
it = iter(xs)
# %% b
xs.append(2)
# %% c
print(list(it))
=====
zip object
# %% a
pairs = zip([1, 2], 'ab')
# %% b
print(next(pairs))
# %% c
print(list(pairs))
=====
map object over a function
# %% a
k = 2
m = map(lambda x: x * k, [1, 2, 3])
# %% b
print(next(m))
# %% c
print(list(m))
=====
filter, enumerate, reversed
# %% a
f, e, r = filter(None, [0, 1, 2]), enumerate('ab'), reversed([1, 2])
# %% b
next(f), next(e), next(r)
# %% c
print(list(f), list(e), list(r))
=====
generator function called in another step
# %% a
def numbers(n):
    for i in range(n):
        yield i + start
# %% b
start = 10
print(list(numbers(2)))
=====
generator consumed by for, in the middle
# %% a
g = iter(range(5))
# %% b
for x in g:
    if x == 2:
        break
# %% c
print(x, list(g))
=====
itertools over two steps
# %% a
import itertools
c = itertools.cycle([1, 2])
chain = itertools.chain([1], [2, 3])
# %% b
print(next(c), next(chain))
# %% c
print(next(c), list(chain))
=====
tee
# %% a
import itertools
one, two = itertools.tee(iter([1, 2, 3]))
next(one)
# %% b
print(list(one), list(two))
=====
consumed by in, by unpacking, by a library
# %% a
it = iter(range(10))
# %% b
found = 3 in it
a, b = next(it), next(it)
total = sum(x for x, _ in zip(it, range(2)))
# %% c
print(found, a, b, total, list(it))
=====
consumed by a function of the notebook
# %% a
it = iter([1, 2, 3])
def take(source): return next(source)
# %% b
first = take(it)
# %% c
print(first, list(it))
=====
consumed through an alias
# %% a
it = iter([1, 2, 3])
same = it
# %% b
next(same)
# %% c
print(list(it))
=====
deque as a queue
# %% a
from collections import deque
q = deque([1, 2, 3], maxlen=3)
# %% b
q.append(4)
first = q.popleft()
# %% c
q.rotate(1)
# %% d
print(q, first)
=====
counter and defaultdict
# %% a
from collections import Counter, defaultdict
c, d = Counter('abca'), defaultdict(list)
# %% b
c.update('a')
d['k'].append(1)
c['z'] += 1
# %% c
print(c.most_common(1), dict(d), c['z'])
=====
ordered dictionary moved
# %% a
from collections import OrderedDict, ChainMap
o = OrderedDict(a=1, b=2)
m = ChainMap({}, {'x': 1})
# %% b
o.move_to_end('a')
m['y'] = 2
# %% c
print(list(o), dict(m.maps[0]))
=====
sets
# %% a
s, f = {1, 2}, frozenset([1])
t = s
# %% b
s |= {3}
s.discard(1)
# %% c
print(sorted(s), sorted(t), sorted(f))
=====
bytearray and memoryview
# %% a
b = bytearray(b'abc')
v = memoryview(b)
# %% b
v[0] = 120
# %% c
print(b)
=====
array and struct
# %% a
import array
a = array.array('i', [1, 2])
# %% b
a.append(3)
# %% c
print(a.tolist())
=====
heap of tuples with lists
# %% a
import heapq
h = []
heapq.heappush(h, (1, ['a']))
# %% b
heapq.heappushpop(h, (0, []))
h[0][1].append('b')
# %% c
print(h)
=====
bisect
# %% a
import bisect
xs = [1, 5]
# %% b
bisect.insort(xs, 3)
# %% c
print(xs)
"""

REFUSED = """
generator for another step -> KFP313
# %% a
g = (x * 2 for x in range(3))
# %% b
print(list(g))
=====
reader of csv -> KFP313 (keepable)
# %% a
import csv, io
rows = csv.reader(io.StringIO('a,b\\n1,2\\n'))
header = next(rows)
# %% b
print(header, list(rows))
=====
reading a missing key of a defaultdict makes it -> KFP316 (keepable)
# %% a
from collections import defaultdict
d = defaultdict(int)
# %% b
x = d['new']
# %% c
print(dict(d))
=====
queue -> KFP313 (keepable)
# %% a
import queue
q = queue.Queue()
q.put(1)
# %% b
print(q.get())
"""
