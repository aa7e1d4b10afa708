"""Magics of IPython that set something for the cells that come after them."""

from __future__ import annotations

import re

import msgspec

_EXPANDED = re.compile(r"[${}~]|\A-")
_ENVIRONMENT = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.*)", re.DOTALL)
_ONE_VALUE = re.compile(r"[\w.]+\s*=\s*[^${}]+", re.DOTALL)
_REPEATED = frozenset({"config", "precision", "xmode", "colors", "alias", "pdb", "pprint", "load_ext", "unload_ext"})
_TALKATIVE = frozenset({"xmode", "colors", "pprint", "pdb"})
"""They say what they did, which the notebook shows once."""
_TOGGLES = frozenset({"pprint"})
"""Without arguments they turn something on or off."""
_OWN_MATTER = frozenset({"autoreload", "nb_black", "lab_black", "jupyter_black", "watermark", "jupyter_kfp"})
"""Extensions without effect on what later steps give."""


class MagicSetting(msgspec.Struct, frozen=True):
    """What a magic sets."""

    slot: str
    """Name of the slot; empty if it belongs to none."""
    source: str
    """Source that does it again; empty if that is not known."""
    module: str = ""
    """Module that has to be loaded for it to matter."""


def magic_setting(magic: str, text: str) -> MagicSetting | None:
    """What a magic sets; None if nothing that lasts and matters."""
    text = text.strip()
    match magic:
        case "cd":
            folder = text.strip("'\"")
            is_plain = bool(folder) and not _EXPANDED.search(folder)
            return MagicSetting("folder", _call("cd", f"-q {text}") if is_plain else "")
        case "pushd" | "popd":
            return MagicSetting("folder", "")
        case "env" | "set_env":
            return _environment(text)
        case "matplotlib":
            return MagicSetting("", "" if _EXPANDED.search(text) else _call("matplotlib", text), "matplotlib.pyplot")
        case "load_ext" if text in _OWN_MATTER:
            return None
    if magic not in _REPEATED or (not text and magic not in _TOGGLES):
        return None
    if magic == "config" and not _ONE_VALUE.fullmatch(text):
        return None
    module = "matplotlib.pyplot" if text.startswith("InlineBackend") else ""
    return MagicSetting("", _call(magic, text), module)


def _environment(text: str) -> MagicSetting | None:
    assigned = _ENVIRONMENT.fullmatch(text)
    if assigned is None:
        return None  # it only shows them
    name, value = assigned.groups()
    source = "" if _EXPANDED.search(value) else f"import os\nos.environ[{name!r}] = {value!r}"
    return MagicSetting("environ", source)


def _call(magic: str, text: str) -> str:
    call = f"get_ipython().run_line_magic({magic!r}, {text!r})"
    if magic not in _TALKATIVE:
        return call
    return f"import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    {call}"
