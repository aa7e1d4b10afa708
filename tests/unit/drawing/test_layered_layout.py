"""Layout: nothing overlaps, edges run down, straight things are straight."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.drawing.crossing_reduction import count_crossings, order_ranks
from jupyter_kfp.drawing.layered_layout import Layout, LayoutEdge, assign_ranks, lay_out
from jupyter_kfp.drawing.rank_coordinates import spread

GAP, RANK_GAP = 16, 40


@st.composite
def graphs(draw) -> tuple[dict[str, tuple[float, float]], list[LayoutEdge]]:
    count = draw(st.integers(1, 14))
    size = st.tuples(st.sampled_from([120.0, 168.0, 301.0]), st.sampled_from([56.0, 200.0]))
    sizes = {f"n{number}": draw(size) for number in range(count)}
    pairs = [(source, target) for target in range(count) for source in range(target)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=30)) if pairs else []
    edges = [LayoutEdge(f"n{a}", f"n{b}", draw(st.sampled_from(["data", "order"]))) for a, b in chosen]
    return sizes, edges


def plain(edges: list[tuple[str, str]], size: tuple[float, float] = (168, 56)) -> Layout:
    nodes = dict.fromkeys(node for edge in edges for node in edge)
    return lay_out(dict.fromkeys(nodes, size), [LayoutEdge(*edge) for edge in edges])


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_nodes_keep_their_distance_and_lie_inside(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges, sibling_gap=GAP, rank_gap=RANK_GAP)
    assert set(layout.boxes) == set(sizes)
    for box in layout.boxes.values():
        assert box.x >= -1
        assert box.y >= 0
        assert box.x + box.width <= layout.width + 1
        assert box.bottom <= layout.height
    for one, other in combinations(layout.boxes.values(), 2):
        apart_x = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
        apart_y = max(one.y, other.y) - min(one.bottom, other.bottom)
        assert apart_x >= GAP - 1 or apart_y >= RANK_GAP


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_edges_run_down_from_node_to_node_and_through_none(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges, sibling_gap=GAP, rank_gap=RANK_GAP)
    assert set(layout.routes) == set(edges)
    for edge, route in layout.routes.items():
        source, target = layout.boxes[edge.source], layout.boxes[edge.target]
        assert route[0] == (source.centre, source.bottom)
        assert route[-1] == (target.centre, target.y)
        assert source.bottom + RANK_GAP <= target.y
        assert all(upper[1] <= lower[1] for upper, lower in pairwise(route))
        # Where the edge is vertical, beside nodes, it touches none.
        for (x, top), (other_x, bottom) in zip(route[::2], route[1::2], strict=True):
            assert x == other_x
            for name, box in layout.boxes.items():
                if name not in (edge.source, edge.target) and top < box.bottom and bottom > box.y:
                    assert x <= box.x - GAP / 2 or x >= box.x + box.width + GAP / 2


def test_nothing_at_all():
    assert lay_out({}, []) == Layout({}, {}, 0, 0)


def test_a_chain_is_straight():
    layout = plain([("a", "b"), ("b", "c"), ("c", "d")])
    assert {box.centre for box in layout.boxes.values()} == {84}
    assert [box.y for box in layout.boxes.values()] == [0, 96, 192, 288]


def test_a_chain_stays_straight_beside_an_edge_that_passes_it():
    layout = plain([("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    assert len({box.centre for box in layout.boxes.values()}) == 1
    passing = {x for x, _ in layout.routes[LayoutEdge("a", "d")][2:-2]}
    assert len(passing) == 1


def test_a_fan_is_symmetric():
    layout = plain([("a", x) for x in "bcd"] + [(x, "e") for x in "bcd"])
    assert [layout.boxes[name].x for name in "bcd"] == [0, 184, 368]
    assert layout.boxes["a"].x == layout.boxes["c"].x == layout.boxes["e"].x


def test_edges_of_one_source_share_their_way():
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d")]
    layout = plain(edges)
    assert layout.routes[LayoutEdge("a", "d")][2:4] == layout.routes[LayoutEdge("a", "c")][2:4]


def test_ranks_are_longest_paths_and_late_sources_sit_above_their_reader():
    edges = [LayoutEdge(*pair) for pair in (("a", "b"), ("b", "c"), ("late", "c"), ("a", "c"))]
    assert assign_ranks(["a", "b", "c", "late"], edges) == {"a": 0, "b": 1, "c": 2, "late": 1}


def test_loose_nodes_fill_rows():
    ranks = assign_ranks([str(number) for number in range(12)], [])
    assert [list(ranks.values()).count(rank) for rank in range(3)] == [5, 5, 2]


def test_crossings_that_can_be_avoided_are():
    # 0 1 2 above 3 4 5, wired the other way round
    rows, links = [[0, 1, 2], [3, 4, 5]], [(0, 5), (1, 4), (2, 3)]
    lower = {0: [5], 1: [4], 2: [3], 3: [], 4: [], 5: []}
    assert count_crossings(rows, lower) == 3
    assert count_crossings(order_ranks(rows, links), lower) == 0


@given(st.data())
def test_spreading_keeps_distances_and_the_mean(data):
    count = data.draw(st.integers(1, 8))
    wanted = data.draw(st.lists(st.integers(-500, 500), min_size=count, max_size=count))
    distances = data.draw(st.lists(st.integers(1, 200), min_size=count - 1, max_size=count - 1))
    found = spread(wanted, [1.0] * count, distances)
    for (left, right), distance in zip(pairwise(found), distances, strict=True):
        assert right - left >= distance - 1e-6
    if all(right - left >= distance for (left, right), distance in zip(pairwise(wanted), distances, strict=True)):
        assert found == pytest.approx(wanted)
    assert sum(found) == pytest.approx(sum(wanted), abs=1e-6)


def test_two_hundred_steps_that_all_read_the_first():
    edges = [(f"n{number}", f"n{number + 1}") for number in range(200)]
    edges += [("n0", f"n{number}") for number in range(2, 201)]
    layout = plain(edges)
    assert len({box.centre for box in layout.boxes.values()}) == 1
