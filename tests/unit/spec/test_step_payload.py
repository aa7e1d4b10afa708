"""Payloads say which format they have."""

from __future__ import annotations

import base64
import gzip

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.step_payload import PAYLOAD_FORMAT, Cell, StepPayload, pack_payload, unpack_payload


def test_what_is_packed_is_unpacked() -> None:
    payload = StepPayload(step="a", kernel="python3", cells=[Cell(number=2, source="x = 1")])
    assert unpack_payload(pack_payload(payload)) == payload


@pytest.mark.parametrize(
    ("text", "number"),
    [('{"step":"a","kernel":"python3"}', 1), ('{"format":99,"step":{"in":"another shape"}}', 99)],
    ids=["the first, which was not written", "one to come"],
)
def test_payloads_of_other_formats_are_refused(text: str, number: int) -> None:
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    with pytest.raises(KfpError, match=f"worker format {number}, this worker has format {PAYLOAD_FORMAT}") as raised:
        unpack_payload(packed)
    assert raised.value.code == "KFP351"


@pytest.mark.parametrize("packed", ["", "no base64!", base64.b64encode(b"no gzip").decode()])
def test_damaged_payloads_are_refused(packed: str) -> None:
    with pytest.raises(KfpError, match="cannot be read"):
        unpack_payload(packed)
