"""Writing: to the terminal, to pipes, to files; text or one JSON object."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, TextIO

from jupyter_kfp.errors import KfpError

_ELSEWHERE = "Choose another place with -o FILE, or -o - for standard output."


def prepare_streams() -> None:
    """Let no character of a step's name or of a log break a terminal that cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def print_text(text: str) -> int:
    """Write to stdout; returns exit code 0."""
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def print_note(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(value: Any) -> None:
    """Write the one JSON object."""
    import msgspec

    data = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    print_text(data.decode("utf-8", "replace") + "\n")


def error_json(error: KfpError) -> dict[str, Any]:
    """Render for programs."""
    return {"error": {"code": error.code, "message": error.message, "hint": error.hint, "details": error.details}}


def print_error(error: KfpError, *, as_json: bool) -> None:
    """For people on stderr, for programs on stdout."""
    if as_json:
        print_json(error_json(error))
        return
    hint = "".join(f"\n  hint: {line}" for line in (error.hint or "").splitlines())
    print_note(f"error {error.code}: {error.message}{hint}")


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at a stream that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "") != "dumb" and not os.environ.get("CI")


def use_colour(stream: TextIO) -> bool:
    """Whether escape sequences for colour are welcome (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def use_unicode(stream: TextIO) -> bool:
    """Whether the stream can encode more than ASCII."""
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").startswith("utf")


def terminal_width() -> int | None:
    """Columns of the terminal behind stdout; None if there is none and lines may be of any length."""
    if not is_terminal(sys.stdout):
        return None
    return max(20, shutil.get_terminal_size().columns - 1)


def write_whole(path: Path, data: bytes, *, hint: str = _ELSEWHERE) -> None:
    """Write a file whole or not at all. Raises `KfpError` KFP521 if the folder or the disk does not let us."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_of(path))  # noqa: PTH101  # mkstemp makes files private
        os.replace(temporary, path)  # noqa: PTH105  # atomic, also over an existing file
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        message = f"{path} cannot be written: {error.strerror or error}"
        raise KfpError("KFP521", message, hint=hint, details={"path": str(path)}) from error


def _mode_of(path: Path) -> int:
    """Permissions of the file that is replaced, else those of a new file."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
