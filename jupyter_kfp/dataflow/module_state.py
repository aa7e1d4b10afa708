"""State of the user's own modules: the hidden variables under which it travels from step to step."""

from __future__ import annotations

_PREFIX = "_kfp_module_"


def module_variable(module: str) -> str:
    """Name under which the state of a module travels: ``a.b_c`` becomes ``a_o_b__c``."""
    return _PREFIX + module.replace("_", "__").replace(".", "_o_")


def module_of(variable: str) -> str:
    """The module whose state travels under a name; empty for other variables."""
    if not variable.startswith(_PREFIX):
        return ""
    parts = variable.removeprefix(_PREFIX).split("__")
    return "_".join(part.replace("_o_", ".") for part in parts)


def module_state_statement(variable: str) -> str:
    """Source that binds such a name, in any step."""
    return (
        f"{variable} = __import__('jupyter_kfp.worker.module_state', fromlist=['_']).carried({module_of(variable)!r})"
    )
