"""The log of a run as objects in a bucket, for readers that cannot reach the database of its process.

Below ``runs/<run id>/``: ``spec.json``, the IR; ``journal/<number>.jsonl``, a line that says who wrote it, then events
that were written together, one JSON object a line, the first of which has this number; ``requests/<when>-<kind>``,
wishes. Objects of a journal are written once: that the next one is not there yet is the compare-and-set by which a run
has one writer. A writer whose answer was lost finds its own name there.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, cast, get_args

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import RunId
from jupyter_kfp.metadata.metadata_store import MetadataStore, RequestKind
from jupyter_kfp.runs.events import RunCreated, RunEvent, decode_event, encode_event

_DIGITS = 12
_WHEN_DIGITS = 20


class ListedObject(Protocol):
    """An object in a listing."""

    @property
    def key(self) -> str:
        """Below the bucket's prefix."""


class Objects(Protocol):
    """What a journal needs of a bucket, as `artifacts.object_bucket` has it. Faults are `KfpError`."""

    def find(self, key: str) -> bytes | None:
        """Content of an object; None if there is none."""

    def put(self, key: str, data: bytes) -> None:
        """Write an object, whole or not at all."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless there is one; whether it was written."""

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[ListedObject]:
        """Objects whose keys begin with a prefix, in the order of keys, behind one of them."""

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are not there are no error."""


class RunJournal:
    """Journal of one run."""

    def __init__(self, objects: Objects, run_id: RunId) -> None:
        self._objects = objects
        self._run_id = run_id
        self._folder = f"runs/{run_id}"
        self._writer = uuid.uuid4().hex

    def begin(self, created: RunCreated, spec: bytes) -> None:
        """Write the IR and the first event. Raises `KfpError` KFP412 if the run exists."""
        self._objects.put(f"{self._folder}/spec.json", spec)
        if not self._put_segment(1, [created]):
            raise KfpError("KFP412", f"the run {self._run_id} exists already")

    def append(self, events: Sequence[RunEvent], *, after_seq: int) -> None:
        """Write events behind a number. Raises `KfpError` KFP411 if another process has written there."""
        if events and not self._put_segment(after_seq + 1, events):
            raise KfpError(
                "KFP411",
                f"another process wrote the log of run {self._run_id[:8]} behind its event {after_seq}",
                hint="read the new events and decide again",
                details={"run": self._run_id, "expected": after_seq},
            )

    def segments(self, *, after_seq: int = 0) -> Iterator[tuple[int, list[RunEvent]]]:
        """Events behind a number, as they were written together, each time with the number of the first."""
        # The segment with the next number is the first that is not known: numbers have no gaps.
        start = self._segment_key(after_seq) if after_seq else ""
        for key in self._keys("journal/", start):
            first = int(key.rpartition("/")[2].partition(".")[0])
            data = self._objects.find(key)
            if data is not None:  # deleted since it was listed
                yield first, [decode_event(line) for line in data.splitlines()[1:]]

    def spec(self) -> bytes:
        """The IR, as JSON. Raises `KfpError` KFP211 if there is no such run."""
        found = self._objects.find(f"{self._folder}/spec.json")
        if found is None:
            raise KfpError("KFP211", f"there is no run {self._run_id!r} in the object store")
        return found

    # --- wishes

    def request(self, kind: RequestKind, at: float) -> None:
        """Leave a wish for the process of the run."""
        self._objects.put(f"{self._folder}/requests/{int(at * 1e9):0{_WHEN_DIGITS}}-{kind}", b"")

    def requests(self) -> list[RequestKind]:
        """Wishes, oldest first."""
        kinds = (key.rpartition("-")[2] for key in self._keys("requests/"))
        return [cast("RequestKind", kind) for kind in kinds if kind in get_args(RequestKind)]

    def clear_requests(self) -> None:
        """Forget the wishes."""
        self._objects.delete(list(self._keys("requests/")))

    def delete(self) -> None:
        """Remove everything of the run but its artifacts."""
        self._objects.delete(list(self._keys("")))

    def _keys(self, below: str, start_after: str = "") -> Iterator[str]:
        return (one.key for one in self._objects.list(f"{self._folder}/{below}", start_after))

    def _put_segment(self, first_seq: int, events: Sequence[RunEvent]) -> bool:
        key = self._segment_key(first_seq)
        lines = [msgspec.json.encode({"writer": self._writer}), *map(encode_event, events)]
        data = b"".join(line + b"\n" for line in lines)
        return self._objects.put_if_absent(key, data) or self._objects.find(key) == data

    def _segment_key(self, first_seq: int) -> str:
        return f"{self._folder}/journal/{first_seq:0{_DIGITS}}.jsonl"


def replay(journal: RunJournal, run_id: RunId, store: MetadataStore, *, last_seq: int) -> int:
    """Bring into a store what the journal has behind `last_seq`, 0 for a run that the store does not know.

    Returns the number of the last event that the store has now. May be done again and again, by several at once: what
    another has brought in meanwhile is passed over.
    """
    for first, events in journal.segments(after_seq=last_seq):
        if first > last_seq:
            last_seq = _take_in(journal, run_id, store, first, events)
    return last_seq


def _take_in(journal: RunJournal, run_id: RunId, store: MetadataStore, first: int, events: Sequence[RunEvent]) -> int:
    """Segments go into a store whole: it has all of one or nothing."""
    try:
        if first > 1:
            return store.append(run_id, events, after_seq=first - 1)
        [created] = events
        assert isinstance(created, RunCreated), "a run begins with its creation"
        store.create_run(run_id, created, journal.spec())
    except KfpError as error:
        if error.code not in {"KFP411", "KFP412"}:
            raise
        return store.last_seq(run_id)
    return 1
