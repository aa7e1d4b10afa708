"""Where a packed payload goes: into the command line if it fits there, else into the extension under its digest."""

from __future__ import annotations

from blake3 import blake3

from jupyter_kfp.spec.step_payload import INLINE_LIMIT, PAYLOAD_REFERENCE


def store_payload(packed: str) -> tuple[str, dict[str, str]]:
    """Return the ``--step`` argument, and what has to be added to ``payloads`` of the extension."""
    if len(packed) <= INLINE_LIMIT:
        return packed, {}
    digest = f"blake3:{blake3(packed.encode()).hexdigest()}"
    return f"{PAYLOAD_REFERENCE}{digest}", {digest: packed}
