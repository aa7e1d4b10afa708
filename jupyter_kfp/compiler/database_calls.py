"""Databases that code opens, by a file name or by the URL of SQLAlchemy, and the objects through which steps use them.

The form of the URLs: RFC 1738 as SQLAlchemy reads it, ``dialect+driver://user:password@host:port/database``; for
databases in a file nothing stands between the slashes, ``sqlite:///relative.db`` and ``sqlite:////absolute.db``.
"""

from __future__ import annotations

import ast
import re

from jupyter_kfp.compiler.text_values import ANY
from jupyter_kfp.dataflow.expressions import dotted_name, last_name

_CONNECTIONS = frozenset({
    "sqlite3.connect", "aiosqlite.connect", "duckdb.connect", "dataset.connect", "apsw.Connection", "shelve.open",
    "dbm.open",
})  # fmt: skip
_MAKERS = frozenset({"create_engine", "create_async_engine", "TinyDB", "SqliteDatabase"})
_DERIVED = frozenset({"connect", "begin", "cursor", "raw_connection", "execution_options", "table", "options"})
"""Methods of such an object that give another one."""
_SESSIONS = frozenset(
    {"sessionmaker", "scoped_session", "async_sessionmaker", "Session", "AsyncSession", "SQLDatabase"}
)
_READERS = re.compile(r"read_(sql|sql_query|sql_table|database|database_uri)")
_URL = re.compile(r"(?P<dialect>\w+)(\+\w+)?://(?P<rest>.*)", re.DOTALL)
_IN_FILES = frozenset({"sqlite", "duckdb"})
_SERVER = "database:"
"""Begins the name of a database that is no file here."""


def opens_database(node: ast.Call) -> bool:
    """Whether a call connects to a database."""
    return dotted_name(node.func) in _CONNECTIONS or last_name(node.func) in _MAKERS


def only_reads(node: ast.Call) -> bool:
    """Whether a call reads a database that it is given."""
    return _READERS.fullmatch(last_name(node.func)) is not None


def is_url(text: str) -> bool:
    """Whether a text is the URL of a database in a file."""
    found = _URL.fullmatch(text)
    return found is not None and found["dialect"] in _IN_FILES


def database_name(text: str) -> str | None:
    """File of a database, or for want of one `server_name`; None of one in memory, or of which nothing is known."""
    found = _URL.fullmatch(text)
    if found and found["dialect"] not in _IN_FILES:
        return server_name(found["rest"].rpartition("@")[2].partition("?")[0])
    path = found["rest"].removeprefix("/") if found else text
    if found or path.startswith("file:"):
        path = path.removeprefix("file:").partition("?")[0]
    return None if not path.replace(ANY, "").strip("./ ") or path.startswith(":memory:") else path


def server_name(text: str) -> str:
    """Name for a database that is no file."""
    return f"{_SERVER}{text}"


def is_server(name: str) -> bool:
    """Whether a name is one of `server_name`."""
    return name.startswith(_SERVER)


def gives_same(node: ast.Call) -> list[ast.expr]:
    """What a call is given of which its result is another handle, such as the engine of a session."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _DERIVED:
        return [node.func.value]
    given = [*node.args, *(keyword.value for keyword in node.keywords)] if last_name(node.func) in _SESSIONS else []
    return [node.func, *given]
