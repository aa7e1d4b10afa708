"""Sets are iterated in the same order after they were loaded, as far as that can be had."""

from __future__ import annotations

import pickle
import random

import pytest

from jupyter_kfp.artifacts.serializers.set_order import OrderedSets, disordered_sets, may_hold_sets


def _through_pickle(one: set[int]) -> set[int]:
    loaded: set[int] = pickle.loads(pickle.dumps(OrderedSets(one, disordered_sets([one])), 5))
    return loaded


@pytest.mark.parametrize(
    "one", [{3, 11, 1}, set(range(100)) - set(range(3, 95)), set(range(0, 320, 8)).copy()], ids=len
)
def test_the_order_comes_back(one: set[int]) -> None:
    assert list(_through_pickle(one)) == list(one)


def test_most_orders_come_back_and_the_elements_always() -> None:
    kept = plain = 0
    for seed in range(300):
        source = random.Random(seed)
        one = {source.randrange(300) for _ in range(source.choice([4, 12, 40, 100]))}
        for element in source.sample(sorted(one), len(one) // 2):
            one.discard(element)
        loaded = _through_pickle(one)
        assert loaded == one
        kept += list(loaded) == list(one)
        plain += list(pickle.loads(pickle.dumps(one, 5))) == list(one)
    assert kept >= 0.9 * 300 > plain


def test_a_stream_tells_whether_it_may_hold_sets() -> None:
    assert may_hold_sets([pickle.dumps([{1, 2}], 5)])
    assert not may_hold_sets([pickle.dumps([set(), [1.5, "text", frozenset({1})]], 5)])


def test_a_set_in_itself_and_one_in_many_places() -> None:
    class Node:
        pass

    node = Node()
    one = {node}
    node.__dict__["home"] = one
    many = {3, 11, 1}
    assert disordered_sets([one, many, many, [many]]) == disordered_sets([many])
    first, second = pickle.loads(pickle.dumps(OrderedSets([many, many], disordered_sets([many])), 5))
    assert first is second
    assert list(first) == list(many)
