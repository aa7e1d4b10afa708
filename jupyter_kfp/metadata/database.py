"""Opening a database: its engine, its schema, its faults told to the user."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from jupyter_kfp.errors import KfpError
from jupyter_kfp.metadata.tables import SCHEMA_VERSION

BUSY_SECONDS = 10.0
"""How long a statement waits for another process's transaction."""
_POLL_SECONDS = 0.05


def open_database(url: str) -> Engine:
    """Connect, and bring the schema up to date.

    Raises `KfpError` KFP421 if a newer version of jupyter_kfp made the database, KFP422 if it cannot be used (no
    database, locked, unreadable, unreachable), KFP423 if the URL or its driver is at fault, and KFP403, KFP404 for a
    full disk and missing permissions.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        _make_folder(Path(str(parsed.database)).absolute().parent)
    engine = _engine(parsed)
    try:
        with database_errors(engine):
            _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def database_errors(engine: Engine) -> Iterator[None]:
    """Turn faults of the database into `KfpError`; violated constraints pass through, their cause is known there."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _explain(error, engine.url) from error


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise KfpError(
            "KFP423",
            "the database URL cannot be read",
            hint="it looks like sqlite:////folder/kfp.db or postgresql+psycopg://user:password@host/database",
        ) from error


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": BUSY_SECONDS}
    else:
        options["pool_pre_ping"] = True  # servers close idle connections
    try:
        engine = create_engine(url, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise KfpError(
            "KFP423",
            f"no driver for databases of the kind {url.drivername} is installed: {error}",
            hint="install one, e.g. `pip install psycopg[binary]` for postgresql+psycopg:// "
            "or `pip install pymysql` for mysql+pymysql://",
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite_connection)
    return engine


def _set_up_sqlite_connection(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # With the write-ahead log NORMAL keeps the database whole after a power cut, and costs no flush per transaction.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _bring_up_to_date(engine: Engine) -> None:
    version = schema_version(engine)
    if version == SCHEMA_VERSION:
        return
    if version is not None and version > SCHEMA_VERSION:
        raise KfpError(
            "KFP421",
            f"the database {show(engine.url)} was made by a newer version of jupyter_kfp "
            f"(its schema is {version}, this version knows {SCHEMA_VERSION})",
            hint="install the newer version, or set JUPYTER_KFP_HOME to another folder",
            details={"found": version, "known": SCHEMA_VERSION},
        )
    from jupyter_kfp.metadata.migrations.run_migrations import migrate  # loads alembic: 300 ms

    try:
        migrate(engine)
    except DBAPIError:
        if not _other_process_did_it(engine):
            raise


def _other_process_did_it(engine: Engine) -> bool:
    """Whether another first start was faster; SQLite needs no such question, there the migration waits for its lock."""
    if engine.dialect.name == "sqlite":
        return False
    deadline = time.monotonic() + BUSY_SECONDS
    while schema_version(engine) != SCHEMA_VERSION:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def schema_version(engine: Engine) -> str | None:
    """The revision that the database is at; None before the first."""
    with engine.connect() as connection:
        try:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except DBAPIError:
            connection.rollback()
            if engine.dialect.has_table(connection, "alembic_version"):
                raise
            return None


def show(url: URL) -> str:
    """The database's path, or its URL without the password."""
    if url.get_backend_name() == "sqlite" and url.database:
        return str(Path(url.database).absolute()) if url.database != ":memory:" else url.database
    return url.render_as_string(hide_password=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KfpError(
            "KFP404" if isinstance(error, PermissionError) else "KFP422",
            f"the folder of the database cannot be made: {error.filename}: {error.strerror}",
            hint="set JUPYTER_KFP_HOME to a folder that you may write",
            details={"path": str(folder)},
        ) from error


def _explain(error: DBAPIError, url: URL) -> KfpError:
    place = show(url)
    details = {"database": place}
    name = getattr(error.orig, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return KfpError(
            "KFP403",
            f"the disk is full: the database {place} cannot grow",
            hint="free space, or remove old runs with `jupyter kfp delete`",
            details=details,
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return KfpError(
            "KFP404",
            f"the database {place} may not be written",
            hint="check who owns the file and its folder",
            details=details,
        )
    message, hint = f"the database {place} cannot be used: {error.orig}", "`jupyter kfp doctor` says where it is"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        message = f"the database {place} was locked by another process for more than {BUSY_SECONDS:.0f} seconds"
        hint = "try again; if it stays locked, end the process that holds it"
    elif name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        message = f"{place} is not a database, or is damaged"
        hint = "move the file away, or set JUPYTER_KFP_HOME to another folder; a new one is made at the next start"
    elif name.startswith("SQLITE_CANTOPEN"):
        message = f"the database {place} cannot be opened"
        hint = "check that the path is right and that you may read and write the file and its folder"
    return KfpError("KFP422", message, hint=hint, details=details)
