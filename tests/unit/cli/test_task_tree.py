"""Order and depth of nested tasks."""

from __future__ import annotations

import random

from jupyter_kfp.cli.task_tree import in_tree_order, parent
from jupyter_kfp.ids import TaskPath

TREE = [
    "root/first",
    "root/loop",
    "root/loop[0]",
    "root/loop[0]/inner",
    "root/loop[0]/inner[0]",
    "root/loop[0]/inner[0]/double",
    "root/loop[0]/inner[1]",
    "root/loop[0]/inner[1]/double",
    "root/loop[1]",
    "root/loop[1]/inner",
    "root/last",
]


def test_parts_stand_behind_their_whole():
    declared = [path for path in TREE if "[" not in path]
    appeared = [path for path in TREE if "[" in path]
    assert in_tree_order(map(TaskPath, [*declared, *appeared])) == TREE


def test_siblings_stay_in_their_order():
    shuffled = TREE[:]
    random.Random(1).shuffle(shuffled)
    ordered = in_tree_order(map(TaskPath, shuffled))
    assert sorted(ordered) == sorted(TREE)
    for path in ordered:
        whole = parent(path)
        if whole is not None:
            siblings = [other for other in shuffled if parent(TaskPath(other)) == whole]
            assert [other for other in ordered if parent(other) == whole] == siblings
            assert ordered.index(whole) < ordered.index(path)


def test_a_part_whose_whole_is_unknown_is_not_lost():
    assert in_tree_order([TaskPath("root/a/b"), TaskPath("root/c")]) == ["root/a/b", "root/c"]
