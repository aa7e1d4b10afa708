"""The one exception that users see: a stable code, a sentence, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class KfpError(Exception):
    """A fault that the user can act on.

    Parameters
    ----------
    code:
        Stable identifier, e.g. ``"KFP201"``. Ranges: 1xx notebook and compile diagnostics, 2xx input of a run
        (parameters, selections, files), 3xx execution of a step, 4xx stores and disk, 5xx the environment.
    message:
        One sentence that names the cell, line, variable, field, file or run, and says what is wrong.
    hint:
        What to do about it; None if the message already says so.
    details:
        JSON-serialisable facts for ``--json`` output, such as ``{"step": "train", "cell": 4, "line": 2}``.

    """

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        """Render as ``CODE: message`` with the hint on a line of its own."""
        text = f"{self.code}: {self.message}"
        return f"{text}\n  hint: {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by value; keyword-only arguments need help."""
        return (_rebuild, (self.code, self.message, self.hint, self.details))


def _rebuild(code: str, message: str, hint: str | None, details: dict[str, Any]) -> KfpError:
    return KfpError(code, message, hint=hint, details=details)
