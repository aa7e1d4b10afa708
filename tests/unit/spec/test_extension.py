"""What the IR cannot hold."""

from __future__ import annotations

from jupyter_kfp.spec.extension import Edge, EdgeVariable, Extension, StepRecord, read_extension, write_extension
from jupyter_kfp.spec.payload_storage import store_payload
from jupyter_kfp.spec.step_payload import INLINE_LIMIT


def test_round_trip_and_order_of_the_notebook() -> None:
    extension = Extension(
        notebook="nb.ipynb",
        steps={
            "a": StepRecord(name="a", cells=[5], source_digest="d"),
            "b": StepRecord(name="b", cells=[2, 7], source_digest="d", packages=["pandas"], timeout_seconds=1.5),
        },
        edges=[
            Edge(source="b", target="a", variables=[EdgeVariable(name="x", written_cell=2, read_cell=5, read_line=1)])
        ],
    )
    read = read_extension(write_extension(extension))
    assert read is not None
    assert list(read.steps) == ["b", "a"]
    assert read == extension


def test_pipelines_of_other_tools_have_none() -> None:
    assert read_extension(None) is None


def test_only_long_payloads_are_stored_apart() -> None:
    assert store_payload("x" * INLINE_LIMIT) == ("x" * INLINE_LIMIT, {})
    reference, stored = store_payload("x" * (INLINE_LIMIT + 1))
    assert reference.startswith("@blake3:")
    assert stored == {reference[1:]: "x" * (INLINE_LIMIT + 1)}
