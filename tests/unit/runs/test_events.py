from __future__ import annotations

import math
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.ids import Digest, TaskPath
from jupyter_kfp.runs.events import (
    ArtifactRecorded,
    IterationsFound,
    MetricRecorded,
    NoteAdded,
    RunCreated,
    RunEvent,
    RunMoved,
    TaskDeclared,
    TaskMoved,
    TaskProgressed,
    decode_event,
    encode_event,
)
from jupyter_kfp.runs.run import RunError, RunOptions, TaskArtifact, TaskKind
from jupyter_kfp.runs.states import Reason, RuntimeState

times = st.floats(0, 4e9)
counts = st.integers(0, 2**31)
maybe_counts = st.none() | counts
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
paths = texts.map(lambda text: TaskPath("root/" + text))
digests = st.text("0123456789abcdef", min_size=64, max_size=64).map(lambda text: Digest("blake3:" + text))
finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
states = st.sampled_from(RuntimeState)
reasons = st.none() | st.sampled_from(Reason)
errors = st.none() | st.builds(
    RunError, code=texts, message=texts, step=texts, cell=maybe_counts, line=maybe_counts, traceback=texts, hint=texts
)
artifacts = st.builds(TaskArtifact, name=texts, type=texts, uri=texts, digest=digests, size=counts, metadata=objects)
artifacts_by_key = st.dictionaries(texts, artifacts, max_size=2)
options = st.builds(
    RunOptions, use_cache=st.booleans(), force=st.lists(texts, max_size=2), max_parallel_tasks=maybe_counts
)
events = st.one_of(
    st.builds(
        RunCreated,
        at=times,
        name=texts,
        pipeline=texts,
        experiment=texts,
        parameters=objects,
        options=options,
        spec_digest=digests,
        tasks=st.lists(st.builds(TaskDeclared, path=paths, name=texts), max_size=3),
    ),
    st.builds(RunMoved, at=times, state=states, reason=reasons, error=errors, parameters=st.none() | objects),
    st.builds(
        IterationsFound,
        at=times,
        path=paths,
        items=st.lists(objects, max_size=2),
        artifacts=st.lists(artifacts, max_size=2),
        tasks=st.lists(st.builds(TaskDeclared, path=paths, name=texts, kind=st.sampled_from(TaskKind)), max_size=3),
        again=st.booleans(),
    ),
    st.builds(
        TaskMoved,
        at=times,
        path=paths,
        state=states,
        attempt=counts,
        reason=reasons,
        detail=texts,
        error=errors,
        outputs=objects,
        artifacts=artifacts_by_key,
        inputs=artifacts_by_key,
        input_parameters=objects,
    ),
    st.builds(
        TaskProgressed,
        at=times,
        path=paths,
        attempt=counts,
        done=counts,
        total=counts,
        cell=maybe_counts,
        seconds=st.none() | times,
    ),
    st.builds(
        MetricRecorded,
        at=times,
        path=paths,
        attempt=counts,
        name=texts,
        value=st.floats(allow_nan=False),
        step=st.none() | st.integers(),
    ),
    st.builds(ArtifactRecorded, at=times, path=paths, attempt=counts, artifact=artifacts),
    st.builds(NoteAdded, at=times, text=texts, path=st.none() | paths),
)


@given(events)
def test_events_survive_a_round_trip(event):
    assert decode_event(encode_event(event)) == event


@given(events)
def test_events_are_one_line_and_say_their_type(event):
    data = encode_event(event)
    assert b"\n" not in data
    assert msgspec.json.decode(data)["type"] == event.__struct_config__.tag


def test_every_event_has_a_type_of_its_own():
    tags = [kind.__struct_config__.tag for kind in get_args(RunEvent)]
    assert len(set(tags)) == len(tags) == 8


def test_not_a_number_survives():
    event = MetricRecorded(at=1.0, path=TaskPath("root/t"), attempt=1, name="loss", value=math.nan)
    found = decode_event(encode_event(event))
    assert isinstance(found, MetricRecorded)
    assert math.isnan(found.value)
    assert (found.path, found.name) == ("root/t", "loss")


@pytest.mark.parametrize("text", ["half \ud800 pair", "\udcff", "both \ud83d\ude00 halves"])
def test_text_that_is_no_unicode_is_written_readably(text):
    event = TaskMoved(
        at=1.0,
        path=TaskPath("root/t"),
        state=RuntimeState.FAILED,
        error=RunError(code="KFP301", message=text, traceback=text),
        outputs={text: [text]},
    )
    found = decode_event(encode_event(event))
    shown = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert found.error.message == found.error.traceback == shown
    assert found.outputs == {shown: [shown]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"type":"unknown","at":1}',
        b'{"type":"run-moved","at":1,"state":"DONE"}',
        b'{"type":"run-moved","at":"1","state":"RUNNING"}',
        b'{"type":"metric-recorded","at":1,"path":"p","attempt":1,"name":"n","value":"12"}',
        b'{"type":"metric-recorded","at":1,"path":"p","attempt":1,"name":"n","value":null}',
    ],
)
def test_what_is_no_event_is_refused(data):
    with pytest.raises(msgspec.MsgspecError):
        decode_event(data)
