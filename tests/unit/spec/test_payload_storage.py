"""Where payloads with modules go."""

from __future__ import annotations

import random

import pytest

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.spec.payload_storage import StoredSteps, with_module_files
from jupyter_kfp.spec.shipped_files import ShippedFile, ShippedModules
from jupyter_kfp.spec.step_payload import INLINE_LIMIT, Cell, StepPayload, unpack_payload


def payload(text: str, number: int) -> StepPayload:
    modules = ShippedModules(files=[ShippedFile(path="m.py", digest=digest_bytes(text.encode()), text=text)])
    return StepPayload(step=f"s{number}", kernel="python3", cells=[Cell(number=number, source="x")], modules=modules)


@pytest.mark.parametrize(("length", "inline"), [(0, True), (INLINE_LIMIT // 4, True), (INLINE_LIMIT, False)])
def test_modules_go_along_if_they_fit_and_else_once_for_all_steps(length: int, inline: bool) -> None:
    text = random.Random(1).randbytes(length).hex()
    stored = StoredSteps()
    given = [payload(text, number) for number in range(3)]
    arguments = [stored.store(one) for one in given]
    assert not stored.payloads
    assert len(stored.module_files) == (0 if inline else 1)
    again = [with_module_files(unpack_payload(argument), stored.module_files) for argument in arguments]
    assert [one.modules.files[0].content for one in again] == [text.encode()] * 3
