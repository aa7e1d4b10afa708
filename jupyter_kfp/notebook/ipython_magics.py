"""What the magics of IPython do to the names of a notebook."""

from __future__ import annotations

import ast
import re
import shlex
import string
from collections.abc import Iterator

PYTHON_BODY = frozenset({"capture", "debug", "kfp", "memit", "mprun", "prun", "pyinstrument", "time", "timeit"})
"""Cell magics whose body is Python that runs in the notebook's own names (of ``timeit``: in a function of its own)."""

SCRIPTS = frozenset({
    "!", "bash", "cmd", "file", "html", "javascript", "js", "latex", "markdown", "perl", "pypy", "python", "python2",
    "python3", "ruby", "script", "sh", "svg", "sx", "system", "writefile", "HTML", "SVG",
})  # fmt: skip
"""Cell magics whose body is text for something else."""

TIMED = frozenset({"lprun", "memit", "mprun", "prun", "time", "timeit"})
"""Line magics whose argument is a Python statement."""

_HARMLESS = frozenset({
    "alias", "alias_magic", "autoawait", "autocall", "autoindent", "automagic", "autoreload", "bookmark", "cat", "cd",
    "clear", "colors", "conda", "config", "connect_info", "cp", "debug", "dhist", "dirs", "doctest_mode", "dotenv",
    "env", "gui", "hist", "history", "killbgscripts", "kfp", "ldir", "less", "lf", "lk", "ll", "load", "load_ext",
    "loadpy", "logoff", "logon", "logstart", "logstate", "logstop", "ls", "lsmagic", "lx", "magic", "mamba", "man",
    "matplotlib",
    "micromamba", "mkdir", "more", "mv", "notebook", "page", "pastebin", "pdb", "pdef", "pdoc", "pfile", "pinfo",
    "pinfo2", "pip", "popd", "pprint", "precision", "profile", "psearch", "psource", "pushd", "pwd", "pycat",
    "pylab", "qtconsole", "quickref", "rehashx", "reload_ext", "rm", "rmdir", "save", "set_env", "sx", "system", "tb",
    "tensorboard", "unalias", "unload_ext", "uv", "version_information", "watermark",
    "who", "who_ls", "whos", "xmode",
})  # fmt: skip
_DISPLAY_ONLY = frozenset({
    "autoreload", "colors", "config", "gui", "load_ext", "matplotlib", "pprint", "precision", "reload_ext", "xmode",
})  # fmt: skip
_AUTOMAGIC = frozenset({"cat", "cd", "conda", "cp", "env", "ls", "mamba", "man", "mkdir", "mv", "pip", "rm", "uv"})
_OPTIONS = {
    "timeit": re.compile(r"(?:-[nrp]\s*\d+\s+|-v\s*\w+\s+|-[tcqo]+\s+)*"),
    "time": re.compile(r"(?:--no-raise-error\s+)?"),
    "prun": re.compile(r"(?:-[lsTD]\s*\S+\s+|-[rq]+\s+)*"),
    "lprun": re.compile(r"(?:-[fmTDsu]\s*\S+\s+|-[rz]+\s+)*"),
    "mprun": re.compile(r"(?:-[fT]\s*\S+\s+|-[rc]+\s+)*"),
    "memit": re.compile(r"(?:-[rti]\s*\S+\s+|-[co]+\s+)*"),
}
_DOLLAR = re.compile(r"\$(\$?)([^\W\d]\w*)")
_SQL_RESULT = re.compile(r"\s*([^\W\d]\w*)\s*<<")
_PROGRAM_RESULTS = frozenset({"--out", "--err", "--proc"})


def is_display_only(name: str) -> bool:
    """Whether a line magic only sets how things look or load, as before the first step of many notebooks."""
    return name in _DISPLAY_ONLY


def is_known(name: str, *, cell: bool) -> bool:
    """Whether it is known what the magic does to names."""
    if cell:
        return name in PYTHON_BODY or name in SCRIPTS or name in {"R", "bigquery", "sql"}
    return name in _HARMLESS or name in TIMED or name in {"R", "aimport", "run", "sql", "xdel"}


def is_automagic(line: str) -> bool:
    """Whether IPython would take a cell of this one line, which is not Python, as a magic without ``%``."""
    return line.split(maxsplit=1)[0] in _AUTOMAGIC if line.strip() else False


def statement(name: str, arguments: str) -> str:
    """Take the Python statement out of the arguments of a magic in `TIMED`."""
    match = _OPTIONS[name].match(arguments)
    return arguments[match.end() if match else 0 :]


def bound_names(name: str, arguments: str, *, cell: bool) -> list[str]:
    """Names that the magic sets from its arguments."""
    words = _words(arguments)
    if cell and name == "capture":
        found = [word for word in words if not word.startswith("-")][:1]
    elif cell and name in SCRIPTS:
        found = _option_values(words, _PROGRAM_RESULTS)
    elif cell and name == "bigquery":
        found = [word for word in words[:1] if not word.startswith("-")]
    elif name == "R":
        found = [part for value in _option_values(words, {"-o", "--output"}) for part in value.split(",")]
    elif name == "sql":
        match = _SQL_RESULT.match(arguments)
        found = [match[1]] if match else []
    elif name == "aimport":
        found = [word.strip(",").split(".")[0] for word in words if not word.startswith("-")]
    else:
        found = []
    return [word for word in found if word.isidentifier()]


def imports(name: str, arguments: str) -> list[str]:
    """Imports that the magic makes in the notebook's names (``IPython.core.pylabtools.import_pylab``)."""
    if name != "pylab":
        return []
    named = ["import numpy, matplotlib", "from matplotlib import pylab, mlab, pyplot"]
    short = ["import numpy as np", "import matplotlib.pyplot as plt"]
    shown = ["from IPython.core.pylabtools import figsize, getfigs", "from IPython.display import display"]
    stars = [] if "--no-import-all" in _words(arguments) else ["from matplotlib.pylab import *", "from numpy import *"]
    return [*named, *short, *shown, *stars]


def read_names(name: str, arguments: str) -> list[str]:
    """Names that the magic certainly reads, named by its arguments."""
    if name != "R":
        return []
    values = _option_values(_words(arguments), {"-i", "--input"})
    return [part for value in values for part in value.split(",") if part.isidentifier()]


def deleted_names(name: str, arguments: str) -> list[str]:
    """Names that the magic deletes."""
    return [word for word in _words(arguments) if word.isidentifier()] if name == "xdel" else []


def expanded_names(text: str) -> list[str]:
    """Python names in ``$name`` and ``{expression}`` of a command line, in the order of the text.

    IPython fills them in if they exist, and else passes the text on: they may be the shell's own.
    """
    names = [match[2] for match in _DOLLAR.finditer(text) if not match[1]]
    for expression in _braced(text):
        try:
            tree = ast.parse(expression.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        names += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return list(dict.fromkeys(names))


def _braced(text: str) -> Iterator[str]:
    try:
        for _, field, specification, _ in string.Formatter().parse(text):
            if field:
                yield f"{field}:{specification}" if specification else field
    except ValueError:  # a lone brace, as in awk '{print $1}: then IPython expands nothing
        return


def _words(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError:
        return arguments.split()


def _option_values(words: list[str], options: frozenset[str] | set[str]) -> list[str]:
    found = []
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in options:
            found += [value] if equals else words[index + 1 : index + 2]
    return found
