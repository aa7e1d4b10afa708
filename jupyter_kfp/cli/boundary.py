"""The edge of the command line: every outcome becomes an exit code and, if need be, an explanation.

====  ==========================================================
code  meaning
====  ==========================================================
0     done; of a run: it succeeded
1     findings in a notebook, or the run failed
2     bad usage or bad input (KFP1xx, KFP2xx)
3     the run was canceled
4     storage or environment (KFP4xx, KFP5xx), unexpected errors
130   interrupted or detached; a run that was started goes on
141   the reader of the output went away (``| head``)
====  ==========================================================
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_kfp.cli.arguments import wants_json
from jupyter_kfp.cli.output import prepare_streams, print_error, print_text
from jupyter_kfp.errors import KfpError

if TYPE_CHECKING:
    from jupyter_kfp.cli.app import KfpApp

OK, FINDINGS, BAD_INPUT, CANCELED, ENVIRONMENT, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 4, 130, 141
EXIT_CODES = {
    OK: "done; of a run: it succeeded",
    FINDINGS: "findings in a notebook, or the run failed",
    BAD_INPUT: "bad usage or bad input",
    CANCELED: "the run was canceled",
    ENVIRONMENT: "storage or environment, or an unexpected error",
    INTERRUPTED: "interrupted or detached; a run that was started goes on",
}


class TextWanted(Exception):  # noqa: N818  # not an error
    """The command line asks for a text, such as help, and nothing else."""

    def __init__(self, text: str) -> None:
        super().__init__("text wanted")
        self.text = text


def run_guarded(application: type[KfpApp], argv: Sequence[str]) -> int:
    """Run the application; returns the exit code and raises nothing."""
    prepare_streams()
    app = application()
    try:
        app.initialize(list(argv))
        app.start()
        sys.stdout.flush()
    except TextWanted as wanted:
        return print_text(wanted.text)
    except BrokenPipeError:
        return abandon_stdout()
    except KeyboardInterrupt:
        print_error(KfpError("KFP269", "interrupted"), as_json=wants_json(argv))
        return INTERRUPTED
    except SystemExit as wanted_exit:
        return wanted_exit.code if isinstance(wanted_exit.code, int) else ENVIRONMENT
    except KfpError as error:
        print_error(error, as_json=wants_json(argv))
        return exit_code_of(error)
    except Exception as error:  # noqa: BLE001  # the last resort: reported with an id, its traceback is kept
        print_error(_unexpected(app, error, argv), as_json=wants_json(argv))
        return ENVIRONMENT
    return app.exit_code


def exit_code_of(error: KfpError) -> int:
    """Class of an error, for scripts."""
    return {"1": BAD_INPUT, "2": BAD_INPUT, "3": FINDINGS}.get(error.code[3:4], ENVIRONMENT)


def abandon_stdout() -> int:
    """Say nothing more on stdout, whose reader went away; Python would complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _unexpected(app: KfpApp, error: Exception, argv: Sequence[str]) -> KfpError:
    from jupyter_kfp.cli.error_log import keep_traceback

    if isinstance(error, OSError) and not isinstance(error, ConnectionError) and error.strerror:
        place = f" ({error.filename})" if error.filename else ""
        reason = f"the system says: {error.strerror}{place}"
    else:
        reason = f"unexpected {type(error).__name__}"
    return keep_traceback(_settings_or_none(app), error, reason, show="--debug" in argv)


def _settings_or_none(app: Any) -> Any:
    source = app.subapp if app.subapp is not None else app
    return source.settings
