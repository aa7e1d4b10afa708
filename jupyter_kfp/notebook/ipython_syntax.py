"""The source of a cell as plain Python, for analysis; what is executed is always the user's own source.

IPython's syntax (magics, shell commands, help, prompts, top-level await) becomes Python that does the same to the
names of the notebook. Lines keep their numbers, but where a magic needs more than one line of Python; `line_of` tells.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from jupyter_kfp.notebook import ipython_magics as magics
from jupyter_kfp.notebook.ipython_places import Place, begins_with_prompt, find_places, joined, parse, split_lines

_TIMED_FUNCTION = "_kfp_timeit"


class Magic(msgspec.Struct, frozen=True, kw_only=True):
    """A magic, shell command or request for help in a cell."""

    kind: Literal["line", "cell", "shell", "help"]
    name: str
    """Without ``%``; empty for shell commands and help."""
    text: str
    """Its arguments, or the command; without the body of a cell magic."""
    line: int
    assigned_to: str = ""
    """Source of the target, as in ``files = !ls``."""
    binds: tuple[str, ...] = ()
    """Names that it sets by itself, as ``%%capture out`` does."""
    deletes: tuple[str, ...] = ()
    known: bool = True
    """False: nothing is known of what it does to the notebook's names."""


class ShellName(msgspec.Struct, frozen=True, kw_only=True):
    """A name in a command line that IPython fills in if it exists (else it belongs to the shell)."""

    name: str
    line: int


class SyntaxFault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell is not Python; line and column in the user's cell, from 1."""

    line: int
    column: int
    message: str


class PythonSource(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of `to_python`."""

    text: str
    """Python, with the cell's names; what the user wrote if there is a syntax error."""
    tree: ast.Module | None = None
    """None exactly if there is a syntax error."""
    syntax_error: SyntaxFault | None = None
    magics: list[Magic] = []
    shell_names: list[ShellName] = []
    is_async: bool = False
    """It awaits at the top level."""
    origins: tuple[int, ...] | None = None
    """For each line of `text` the line of the cell; None if they are the same."""

    def line_of(self, python_line: int) -> int:
        """Line in the user's cell of a line of `text`, both from 1."""
        if self.origins is None:
            return python_line
        return self.origins[min(python_line, len(self.origins)) - 1]


def to_python(source: str) -> PythonSource:
    """Make the source of a code cell Python; faults of syntax are in the result, nothing is raised."""
    first = next((line for line in source.splitlines() if line.strip()), "")
    if first.startswith("%%") and not first.rstrip().endswith("?"):
        return _cell_magic(source)
    plain = _checked(source, None)
    if plain.syntax_error is None and not begins_with_prompt(source):
        return plain
    return _with_special_syntax(source, plain)


def _with_special_syntax(source: str, plain: PythonSource) -> PythonSource:
    try:
        lines, places = find_places(source)
    except (SyntaxError, ValueError, RecursionError):  # IPython gives up where even tokens cannot be made out
        return plain
    if not places:
        if len(lines) == 1 and magics.is_automagic(lines[0]):
            lines = ["%" + lines[0].lstrip()]
            places = [Place(kind="escape", line=0, last_line=0, column=0)]
        elif "".join(lines).rstrip("\n") == source.rstrip("\n"):
            return plain
    writer = _Writer(lines)
    for place in places:
        writer.write(place)
    return writer.finish(source)


class _Writer:
    """Writes the Python of a cell, line by line, remembering where each line came from."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._next = 0
        self._text: list[str] = []
        self._origins: list[int] = []
        self.magics: list[Magic] = []
        self.shell_names: list[ShellName] = []

    def write(self, place: Place) -> None:
        self._copy_until(place.line)
        prefix = self._lines[place.line][: place.column]
        text = joined(self._lines, place)
        origin = place.line + 1
        written = self._help(text, origin) if place.kind == "help" else self._escape(text, origin, prefix)
        lines = [f"{prefix}{line}\n" for line in written]
        lines += ["\n"] * (place.last_line - place.line + 1 - len(lines))
        self._text += lines
        self._origins += [min(origin + index, place.last_line + 1) for index in range(len(lines))]
        self._next = place.last_line + 1

    def finish(self, source: str) -> PythonSource:
        self._copy_until(len(self._lines))
        origins = tuple(self._origins)
        same = origins == tuple(range(1, len(origins) + 1))
        result = _checked("".join(self._text), None if same else origins)
        if result.syntax_error is not None:
            result = msgspec.structs.replace(result, text=source, origins=None)
        return msgspec.structs.replace(result, magics=self.magics, shell_names=self.shell_names)

    def _copy_until(self, line: int) -> None:
        self._text += self._lines[self._next : line]
        self._origins += range(self._next + 1, line + 1)
        self._next = max(self._next, line)

    def _help(self, text: str, line: int) -> list[str]:
        self.magics.append(Magic(kind="help", name="", text=text.strip().strip("?"), line=line))
        return [_call("run_line_magic", "pinfo", text.strip().strip("?"))]

    def _escape(self, text: str, line: int, prefix: str) -> list[str]:
        target = prefix.rstrip().removesuffix("=").strip()
        if text.startswith("!"):
            command = text.lstrip("!")
            self._names_of(command, line)
            self.magics.append(Magic(kind="shell", name="", text=command.strip(), line=line, assigned_to=target))
            return [_call("getoutput" if target or text.startswith("!!") else "system", command)]
        if text.startswith("?"):
            return self._help(text, line)
        if not text.startswith("%"):
            return [_quoted_call(text)]
        name, _, arguments = text[1:].rstrip().partition(" ")
        return self._line_magic(name, arguments.strip(), line, target)

    def _line_magic(self, name: str, arguments: str, line: int, target: str) -> list[str]:
        magic = Magic(
            kind="line",
            name=name,
            text=arguments,
            line=line,
            assigned_to=target,
            binds=tuple(magics.bound_names(name, arguments, cell=False)),
            deletes=tuple(magics.deleted_names(name, arguments)),
            known=magics.is_known(name, cell=False),
        )
        self.magics.append(magic)
        if name in magics.TIMED:
            timed = _timed(name, magics.statement(name, arguments), assigned=bool(target))
            if timed is not None:
                return timed
        self._names_of(arguments, line)
        imports = magics.imports(name, arguments)
        call = _call("run_line_magic", name, arguments, reads=magics.read_names(name, arguments))
        return ["; ".join([call, *imports])] if imports else _effect(magic, call)

    def _names_of(self, text: str, line: int) -> None:
        self.shell_names += [ShellName(name=name, line=line) for name in magics.expanded_names(text)]


# --- cell magics


def _cell_magic(source: str) -> PythonSource:
    lines = split_lines(source.replace("\r\n", "\n").replace("\r", "\n"))
    first = next(index for index, line in enumerate(lines) if line.strip())
    name, _, arguments = lines[first].rstrip()[2:].partition(" ")
    arguments = arguments.strip()
    magic = Magic(
        kind="cell",
        name=name,
        text=arguments,
        line=first + 1,
        binds=tuple(magics.bound_names(name, arguments, cell=True)),
        known=magics.is_known(name, cell=True),
    )
    if name in magics.PYTHON_BODY:
        return _python_body(magic, lines, first)
    shell_names = [ShellName(name=found, line=first + 1) for found in magics.expanded_names(arguments)]
    written = _effect(magic, _call("run_cell_magic", name, arguments, reads=magics.read_names(name, arguments)))
    text = ["\n"] * first + [f"{line}\n" for line in written]
    origins = tuple(min(index, first) + 1 for index in range(len(text)))
    result = _checked("".join(text), origins)
    return msgspec.structs.replace(result, magics=[magic], shell_names=shell_names)


def _python_body(magic: Magic, lines: list[str], first: int) -> PythonSource:
    body = to_python("".join(["\n"] * (first + 1) + lines[first + 1 :]))
    result = msgspec.structs.replace(body, magics=[magic, *body.magics])
    if body.tree is None:
        return result
    if magic.name == "timeit":
        return _in_function(result, magics.statement("timeit", magic.text + " ").strip(), first + 1)
    if not magic.binds:
        return result
    # After the body: only then is what it captured bound.
    text = split_lines(body.text) + [
        f"{name} = {_call('run_cell_magic', magic.name, magic.text)}\n" for name in magic.binds
    ]
    return _rechecked(result, text, [*_origins(body), *([magic.line] * len(magic.binds))])


def _in_function(result: PythonSource, setup: str, line: int) -> PythonSource:
    """Put the body of ``%%timeit`` into a function: it reads the notebook's names, and sets none."""
    keyword, wait = ("async def", "await ") if result.is_async else ("def", "")
    text, origins = split_lines(result.text), _origins(result)
    indented = [f"    {part}" if part.strip() else part for part in text[line:]]
    function = [f"{keyword} {_TIMED_FUNCTION}():\n", f"    {setup or 'pass'}\n", *indented]
    call = f"{wait}{_TIMED_FUNCTION}()\n"
    return _rechecked(
        result, [*text[: line - 1], *function, call], [*origins[: line - 1], line, line, *origins[line:], line]
    )


def _rechecked(result: PythonSource, text: list[str], origins: list[int]) -> PythonSource:
    checked = _checked("".join(text), tuple(origins))
    return msgspec.structs.replace(checked, magics=result.magics, shell_names=result.shell_names)


def _origins(source: PythonSource) -> list[int]:
    return list(source.origins or range(1, len(split_lines(source.text)) + 1))


# --- pieces of Python


def _call(method: str, *arguments: str, reads: Iterable[str] = ()) -> str:
    return f"get_ipython().{method}({', '.join([*map(repr, arguments), *reads])})"


def _effect(magic: Magic, call: str) -> list[str]:
    if magic.deletes:
        return [f"del {', '.join(magic.deletes)}"]
    return [f"{' = '.join([*magic.binds, call])}"]


def _quoted_call(text: str) -> str:
    """Python of IPython's ``,f a b``, ``;f a b`` and ``/f a b``."""
    name, _, arguments = text[1:].partition(" ")
    if text[0] == "/":
        return f"{name}({', '.join(arguments.split())})"
    words = arguments.split() if text[0] == "," else [arguments]
    return f"{name}({', '.join(map(repr, words))})"


def _timed(name: str, code: str, *, assigned: bool) -> list[str] | None:
    """Python of a timed statement; None if it is none."""
    if not code.strip():
        return None
    try:
        is_expression = [type(node) for node in parse(code).body] == [ast.Expr]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if is_expression or (name != "timeit" and not assigned):
        return [code]
    return None if assigned else [f"def {_TIMED_FUNCTION}(): {code}", f"{_TIMED_FUNCTION}()"]


def _checked(text: str, origins: tuple[int, ...] | None) -> PythonSource:
    """Parse and compile, so that also ``return`` outside a function and the like are found."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: Any = compile(text, "<cell>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            code = compile(_futures_first(tree), "<cell>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        place = PythonSource(text=text, origins=origins)
        fault = SyntaxFault(line=place.line_of(error.lineno or 1), column=max(error.offset or 1, 1), message=error.msg)
        return PythonSource(text=text, syntax_error=fault, origins=origins)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        message = str(error) or "too deeply nested"
        return PythonSource(text=text, syntax_error=SyntaxFault(line=1, column=1, message=message), origins=origins)
    is_async = bool(code.co_flags & inspect.CO_COROUTINE)
    return PythonSource(text=text, tree=tree, is_async=is_async, origins=origins)


def _futures_first(tree: ast.Module) -> ast.Module:
    """IPython compiles each statement for itself: ``from __future__ import ...`` may stand anywhere in a cell."""
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if not futures or tree.body[: len(futures)] == futures:
        return tree
    return ast.Module(body=[*futures, *(node for node in tree.body if node not in futures)], type_ignores=[])
