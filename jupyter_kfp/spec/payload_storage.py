"""Where a payload goes: into the command line if it fits there, else into the extension under its digest."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from blake3 import blake3

from jupyter_kfp.spec.shipped_files import ShippedModules, pack_content, unpack_content
from jupyter_kfp.spec.step_payload import INLINE_LIMIT, PAYLOAD_REFERENCE, StepPayload, pack_payload

_SLACK = 2048
"""Characters by which modules packed beside a step's cells may be shorter than packed alone."""


@dataclass
class StoredSteps:
    """What has to be added to the extension for the steps of a pipeline."""

    payloads: dict[str, str] = field(default_factory=dict)
    module_files: dict[str, str] = field(default_factory=dict)
    _fits: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def store(self, payload: StepPayload) -> str:
        """Return the ``--step`` argument.

        The user's modules go along if they fit: only then the command is complete wherever it runs. If not, their
        contents are kept once for all steps.
        """
        files = payload.modules.files
        if self._may_fit(payload.modules):
            packed = pack_payload(payload)
            if not files or len(packed) <= INLINE_LIMIT:
                return self._store_packed(packed)
        for file in files:
            if file.digest not in self.module_files:
                self.module_files[file.digest] = pack_content(file.content)
        modules = msgspec.structs.replace(payload.modules, files=[file.reference() for file in files])
        return self._store_packed(pack_payload(msgspec.structs.replace(payload, modules=modules)))

    def _may_fit(self, modules: ShippedModules) -> bool:
        """Whether the modules alone are short enough; all steps of a pipeline have the same files."""
        key = tuple(file.digest for file in modules.files)
        if key and key not in self._fits:
            alone = StepPayload(step="", kernel="", modules=ShippedModules(files=modules.files))
            self._fits[key] = len(pack_payload(alone)) <= INLINE_LIMIT + _SLACK
        return not key or self._fits[key]

    def _store_packed(self, packed: str) -> str:
        argument, stored = store_payload(packed)
        self.payloads |= stored
        return argument


def store_payload(packed: str) -> tuple[str, dict[str, str]]:
    """Return the ``--step`` argument, and what has to be added to ``payloads`` of the extension."""
    if len(packed) <= INLINE_LIMIT:
        return packed, {}
    digest = f"blake3:{blake3(packed.encode()).hexdigest()}"
    return f"{PAYLOAD_REFERENCE}{digest}", {digest: packed}


def with_module_files(payload: StepPayload, module_files: dict[str, str]) -> StepPayload:
    """The payload with the contents of all its modules. Raises `KfpError` KFP333 if one is not among `module_files`."""
    files = [
        file if file.is_complete else unpack_content(file.path, file.digest, module_files.get(file.digest))
        for file in payload.modules.files
    ]
    modules: ShippedModules = msgspec.structs.replace(payload.modules, files=files)
    return msgspec.structs.replace(payload, modules=modules)
