"""The log of a run in a bucket: one writer, readers that come late, again, or two at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import RunId, new_run_id
from jupyter_kfp.metadata.bucket_store import REQUEST_SECONDS, BucketMetadataStore
from jupyter_kfp.metadata.run_journal import RunJournal, replay
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.runs.events import NoteAdded, RunCreated
from jupyter_kfp.runs.run import CacheEntry

SPEC = b'{"pipelineInfo":{"name":"demo"}}'


@dataclass(frozen=True)
class Listed:
    key: str


class MemoryObjects:
    """A bucket as a dictionary; the real ones are in the contract tests."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.loses_answers = False

    def find(self, key: str) -> bytes | None:
        return self.contents.get(key)

    def put(self, key: str, data: bytes) -> None:
        self.contents[key] = data

    def put_if_absent(self, key: str, data: bytes) -> bool:
        is_new = key not in self.contents
        self.contents.setdefault(key, data)
        return is_new and not self.loses_answers

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[Listed]:
        return (Listed(key) for key in sorted(self.contents) if key.startswith(prefix) and key > start_after)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.contents.pop(key, None)


def created() -> RunCreated:
    return RunCreated(at=1.0, name="demo 1", pipeline="demo", experiment="Default", spec_digest="blake3:5")


def note(number: int) -> NoteAdded:
    return NoteAdded(at=float(number), text=f"note {number}\nwith a second line")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    def make() -> SqlMetadataStore:
        store = SqlMetadataStore(f"sqlite:///{tmp_path_factory.mktemp('tables') / 'kfp.db'}")
        made.append(store)
        return store

    made: list[SqlMetadataStore] = []
    yield make
    for store in made:
        store.close()


@pytest.fixture(scope="module")
def shared_tables(tables) -> SqlMetadataStore:
    return tables()


@pytest.fixture
def run() -> tuple[MemoryObjects, RunId]:
    objects, run_id = MemoryObjects(), new_run_id()
    RunJournal(objects, run_id).begin(created(), SPEC)
    return objects, run_id


@given(st.lists(st.integers(1, 4), max_size=6), st.data())
def test_readers_that_come_again_know_the_whole_log(shared_tables, sizes, data):
    objects, run_id = MemoryObjects(), new_run_id()
    journal = RunJournal(objects, run_id)
    journal.begin(created(), SPEC)
    known, last, written = 0, 1, []
    for size in sizes:
        if data.draw(st.booleans()):
            known = replay(journal, run_id, shared_tables, last_seq=known)
            assert known == last
        batch = [note(last + 1 + index) for index in range(size)]
        journal.append(batch, after_seq=last)
        last += size
        written += batch
    assert replay(journal, run_id, shared_tables, last_seq=known) == last
    assert replay(journal, run_id, shared_tables, last_seq=0) == last  # from the start, as one that forgot would
    assert [stored.event for stored in shared_tables.events(run_id, after_seq=1)] == written
    assert shared_tables.get_spec(run_id) == SPEC


def test_two_writers_never_both_write_behind_one_event(run):
    objects, run_id = run
    first, second = RunJournal(objects, run_id), RunJournal(objects, run_id)
    first.append([note(2), note(3)], after_seq=1)
    with pytest.raises(KfpError) as caught:
        second.append([note(9)], after_seq=1)
    assert caught.value.code == "KFP411"
    assert [events for _, events in first.segments(after_seq=1)] == [[note(2), note(3)]]


def test_a_write_whose_answer_was_lost_is_not_another_writer(run):
    objects, run_id = run
    objects.loses_answers = True
    journal = RunJournal(objects, run_id)
    journal.append([note(2)], after_seq=1)
    objects.loses_answers = False
    journal.append([note(3)], after_seq=2)
    assert [events for _, events in journal.segments(after_seq=1)] == [[note(2)], [note(3)]]


def test_a_new_process_goes_on_where_the_last_one_wrote(run, tables):
    objects, run_id = run
    first = BucketMetadataStore(objects, tables())
    assert first.append(run_id, [note(2)], after_seq=1) == 2
    second = BucketMetadataStore(objects, tables())
    assert second.last_seq(run_id) == 2
    assert second.append(run_id, [note(3)], after_seq=2) == 3
    with pytest.raises(KfpError) as caught:  # the one that was thought to be gone
        first.append(run_id, [note(3)], after_seq=2)
    assert caught.value.code == "KFP411"
    assert first.last_seq(run_id) == 3


def test_wishes_are_asked_for_once_in_a_while(run, tables):
    objects, run_id = run
    clock = [0.0]
    store = BucketMetadataStore(objects, tables(), now=lambda: clock[0])
    assert store.pending_requests(run_id) == []
    RunJournal(objects, run_id).request("cancel", 5.0)
    assert store.pending_requests(run_id) == []
    clock[0] += REQUEST_SECONDS
    assert store.pending_requests(run_id) == ["cancel"]


def test_the_cache_is_shared_by_processes_that_know_nothing_of_each_other(run, tables):
    objects, run_id = run
    entry = CacheEntry(
        key="blake3:12", pipeline="démo/1", task_key="train", run_id=run_id, path="root/train", created_at=2.0
    )
    BucketMetadataStore(objects, tables()).put_cache_entries([entry])
    other = BucketMetadataStore(objects, tables())
    assert other.find_cache_entries(["blake3:12", "blake3:13"]) == {"blake3:12": entry}
    assert other.latest_cache_entry("démo/1", "train") == entry
    assert other.metrics(entry.run_id) == []  # brought in because it was asked for
