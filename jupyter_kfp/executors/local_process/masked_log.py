"""A log in which secrets are not seen: what a process prints goes through a pipe and a thread of this process."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

_CHUNK = 1 << 16
_LAST_SECONDS = 5.0
"""How long what a process has printed may take to be written after its end."""
_MASK = b"***"


class SecretMask:
    """Replaces secrets in a stream, however it is cut; holds back no more than the start of a possible secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret.encode() for secret in secrets}, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(re.escape(secret) for secret in self._secrets))
        self._first = re.compile(b"[" + b"".join(re.escape(secret[:1]) for secret in self._secrets) + b"]")
        self._kept = b""

    def feed(self, data: bytes) -> bytes:
        """The next piece of the stream, as far as it is certain."""
        data = self._kept + data
        # A secret that is complete may be the start of a longer one that is not.
        end = self._start_of_possible_secret(data)
        for found in self._pattern.finditer(data):
            if found.start() < end < found.end():
                end = found.end()
        self._kept = data[end:]
        return self._pattern.sub(_MASK, data[:end])

    def rest(self) -> bytes:
        """What was held back, once the stream has ended."""
        masked, self._kept = self._pattern.sub(_MASK, self._kept), b""
        return masked

    def _start_of_possible_secret(self, data: bytes) -> int:
        for found in self._first.finditer(data, max(0, len(data) - len(self._secrets[0]) + 1)):
            tail = data[found.start() :]
            if any(len(tail) < len(secret) and secret.startswith(tail) for secret in self._secrets):
                return found.start()
        return len(data)


class MaskedLog:
    """Receives what a process prints and appends it to a file."""

    def __init__(self, path: Path, secrets: Iterable[str]) -> None:
        self._path = path
        self._mask = SecretMask(secrets)
        self._reader, self.writer = os.pipe()
        self._thread = threading.Thread(target=self._copy, name=f"log {path.parent.name}", daemon=True)

    @property
    def writing_path(self) -> Path:
        """A path at which other processes of this user can open the writing end, before `close`."""
        own = f"/proc/{os.getpid()}/fd" if sys.platform == "linux" else "/dev/fd"
        return Path(own, str(self.writer))

    def start(self, *, keep_writer: bool = False) -> None:
        """Begin, after the process has got the writing end. If it will open it by its path, it has to be kept."""
        if not keep_writer:
            self.close_writer()
        self._thread.start()

    def close(self) -> None:
        """Wait until all is written: all writers have to be gone. What still holds the pipe after that is not heard."""
        self.close_writer()
        self._thread.join(_LAST_SECONDS)

    def close_writer(self) -> None:
        """Close the writing end of this process; it may be closed already."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def _copy(self) -> None:
        # If the disk is full the pipe is closed, and the process learns of it as if it wrote to the file itself.
        with os.fdopen(self._reader, "rb", buffering=0) as pipe, self._path.open("ab", buffering=0) as log:
            while data := pipe.read(_CHUNK):
                log.write(self._mask.feed(data))
            log.write(self._mask.rest())
