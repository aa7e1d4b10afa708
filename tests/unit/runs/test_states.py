from __future__ import annotations

from itertools import product

import pytest

from jupyter_kfp.runs.states import ALLOWED_RUN_MOVES, ALLOWED_TASK_MOVES, FINISHED, Reason, RuntimeState

S = RuntimeState
TASK_MOVES = {
    (S.PENDING, S.RUNNING),
    (S.PENDING, S.SUCCEEDED),
    (S.PENDING, S.SKIPPED),
    (S.PENDING, S.FAILED),
    (S.PENDING, S.CANCELED),
    (S.RUNNING, S.SUCCEEDED),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.CANCELING),
    (S.RUNNING, S.PENDING),
    (S.CANCELING, S.CANCELED),
    (S.CANCELING, S.SUCCEEDED),
    (S.CANCELING, S.FAILED),
}
RUN_MOVES = {
    (S.PENDING, S.RUNNING),
    (S.PENDING, S.CANCELED),
    (S.PENDING, S.FAILED),
    (S.RUNNING, S.SUCCEEDED),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.CANCELING),
    (S.RUNNING, S.PAUSED),
    (S.PAUSED, S.RUNNING),
    (S.PAUSED, S.CANCELING),
    (S.PAUSED, S.FAILED),
    (S.CANCELING, S.CANCELED),
    (S.CANCELING, S.FAILED),
    (S.CANCELING, S.SUCCEEDED),
    (S.FAILED, S.RUNNING),
    (S.CANCELED, S.RUNNING),
}


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_every_move_of_a_task_is_allowed_or_not(before, after):
    assert (after in ALLOWED_TASK_MOVES[before]) is ((before, after) in TASK_MOVES)


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_every_move_of_a_run_is_allowed_or_not(before, after):
    assert (after in ALLOWED_RUN_MOVES[before]) is ((before, after) in RUN_MOVES)


@pytest.mark.parametrize("state", S)
def test_a_task_does_not_leave_its_end(state):
    assert (ALLOWED_TASK_MOVES[state] == frozenset()) is (state in FINISHED | {S.PAUSED})


def test_a_task_can_reach_every_end_from_its_start():
    reached, edge = {S.PENDING}, {S.PENDING}
    while edge:
        edge = {after for before in edge for after in ALLOWED_TASK_MOVES[before]} - reached
        reached |= edge
    assert reached == set(S) - {S.PAUSED}


@pytest.mark.parametrize("state", sorted(set(S) - FINISHED))
def test_a_run_can_end_from_every_state_that_is_none(state):
    assert ALLOWED_RUN_MOVES[state] & FINISHED or ALLOWED_RUN_MOVES[state] & {S.RUNNING, S.CANCELING}


def test_names_are_those_of_kfp():
    assert {state.value for state in S} == {
        "PENDING", "RUNNING", "SUCCEEDED", "SKIPPED", "FAILED", "CANCELING", "CANCELED", "PAUSED",
    }  # fmt: skip
    assert all(state.value == state.name for state in S)
    assert all(reason.value == reason.name.lower().replace("_", "-") for reason in Reason)
    assert max(len(value) for value in (*S, *Reason)) <= 32  # the width of the columns of the metadata store
