"""Where the tracebacks of unexpected errors go: a file each, named by an id that the user is told."""

from __future__ import annotations

import sys
import traceback
import uuid

from jupyter_kfp.errors import KfpError
from jupyter_kfp.settings import Settings


def keep_traceback(settings: Settings, error: Exception, reason: str, *, show: bool) -> KfpError:
    """Write ``<home>/errors/<id>.log`` and make the one line that the user sees (KFP520)."""
    identifier = uuid.uuid4().hex[:8]
    text = "".join(traceback.format_exception(error))
    if show:
        sys.stderr.write(text)
    path = settings.home / "errors" / f"{identifier}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as failure:
        hint = f"The traceback could not be kept in {path} ({failure.strerror}); --debug shows it."
    else:
        hint = f"The traceback is in {path}; --debug shows it."
    return KfpError(
        "KFP520", f"{reason}; id {identifier}", hint=hint, details={"id": identifier, "traceback": str(path)}
    )
