"""Bringing a database to the newest schema. Imports alembic, so it is loaded only when there is something to do."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

_WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.02


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our migrations; they run on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head") -> None:
    """Apply what is missing, in one transaction where the database has transactions for tables."""
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Waits for another first start, whose work alembic then finds done. The driver would begin later.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(alembic_config(connection), revision)


def _use_write_ahead_log(engine: Engine) -> None:
    """Set it in the file's header. SQLite does not wait when two processes ask for it at once, so we do."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                return
        except OperationalError as error:
            is_busy = getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
