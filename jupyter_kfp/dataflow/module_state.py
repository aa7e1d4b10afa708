"""State of the user's own modules: the hidden variables under which it travels from step to step."""

from __future__ import annotations

import re

_PREFIX = "_kfp_module_"
_ESCAPE = re.compile("_([ud])_")


def module_variable(module: str) -> str:
    """Name under which the state of a module travels: ``a.b_c`` becomes ``a_d_b_u_c``."""
    return _PREFIX + module.replace("_", "_u_").replace(".", "_d_")


def module_of(variable: str) -> str:
    """The module whose state travels under a name; empty for other variables."""
    if not variable.startswith(_PREFIX):
        return ""
    return _ESCAPE.sub(lambda found: "." if found[1] == "d" else "_", variable.removeprefix(_PREFIX))


def module_state_statement(variable: str) -> str:
    """Source that binds such a name, in any step."""
    return (
        f"{variable} = __import__('jupyter_kfp.worker.module_state', fromlist=['_']).carried({module_of(variable)!r})"
    )
