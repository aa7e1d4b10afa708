from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from jupyter_kfp.errors import KfpError
from jupyter_kfp.metadata import database
from jupyter_kfp.metadata.database import open_database, schema_version
from jupyter_kfp.metadata.migrations.run_migrations import alembic_config
from jupyter_kfp.metadata.tables import SCHEMA_VERSION, metadata


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("template") / "kfp.db"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def path(template, tmp_path) -> Path:
    copy = tmp_path / "kfp.db"
    copy.write_bytes(template.read_bytes())
    return copy


def fails(url: str) -> KfpError:
    with pytest.raises(KfpError) as caught:
        open_database(url)
    return caught.value


def as_nobody(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python without root's rights, which no permission stops."""
    drop = "import os\nif os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    # All is imported before the rights are given up: the checkout and Python may be private to their owner.
    loads = (
        "import jupyter_kfp.metadata.sql_store as m, jupyter_kfp.errors as e, sys\nm.SqlMetadataStore('sqlite://')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", loads + drop + code, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


OPEN_AND_TELL = """
try:
    m.SqlMetadataStore("sqlite:///" + sys.argv[1])
    sys.exit("opened")
except e.KfpError as error:
    print(error.code, error.message)
"""


def test_the_migrations_make_the_tables_that_queries_use(path):
    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_schema_version_is_the_newest_migration():
    scripts = ScriptDirectory.from_config(alembic_config())
    assert scripts.get_heads() == [SCHEMA_VERSION]
    assert [script.revision for script in scripts.walk_revisions()][::-1] == ["0001", "0002"]


def test_a_database_is_made_in_a_folder_that_does_not_exist(tmp_path):
    path = tmp_path / "a" / "b" / "kfp.db"
    engine = open_database(f"sqlite:///{path}")
    assert schema_version(engine) == SCHEMA_VERSION
    with engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    engine.dispose()
    assert pragmas == ["wal", 1, 10_000, 1]


def test_in_memory():
    engine = open_database("sqlite://")
    assert schema_version(engine) == SCHEMA_VERSION
    engine.dispose()


def test_an_up_to_date_database_opens_without_alembic_and_the_heavy_parts_of_sqlalchemy(path):
    code = """
import sys
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
SqlMetadataStore("sqlite:///" + sys.argv[1]).close()
heavy = {"alembic", "sqlalchemy.orm", "sqlalchemy.ext.asyncio", "sqlalchemy.dialects.postgresql", "difflib",
         "sqlalchemy.dialects.mysql", "yaml", "pandas", "IPython", "jupyter_kfp.metadata.migrations"}
sys.exit(str(heavy & set(sys.modules) or ""))
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_a_database_of_a_newer_version_is_left_alone(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    error = fails(f"sqlite:///{path}")
    assert error.code == "KFP421"
    assert str(path) in error.message
    assert "9999" in error.message


@pytest.mark.parametrize("content", [b"this is a text, not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_not_a_database(tmp_path, content):
    path = tmp_path / "kfp.db"
    path.write_bytes(content)
    error = fails(f"sqlite:///{path}")
    assert error.code == "KFP422"
    assert str(path) in error.message
    assert path.read_bytes() == content


def test_the_path_is_a_folder(tmp_path):
    error = fails(f"sqlite:///{tmp_path}")
    assert error.code == "KFP422"
    assert str(tmp_path) in error.message


def test_a_file_is_in_the_way_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    error = fails(f"sqlite:///{tmp_path / 'file' / 'kfp.db'}")
    assert error.code == "KFP422"


def test_locked(path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE alembic_version")
        connection.commit()
        connection.execute("BEGIN EXCLUSIVE")
        error = fails(f"sqlite:///{path}")
        connection.rollback()
    connection.close()
    assert error.code == "KFP422"
    assert "locked by another process" in error.message
    assert str(path) in error.message


def test_unreadable(path):
    path.chmod(0)
    for folder in path.parents:
        if folder.name.startswith(("pytest-", "test_")):
            folder.chmod(0o755)
    told = as_nobody(OPEN_AND_TELL, path)
    assert told.stdout.startswith("KFP422"), told.stderr
    assert str(path) in told.stdout


def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o755 if os.getuid() == 0 else 0o555)
    for folder in tmp_path.parents:
        if folder.name.startswith("pytest-"):
            folder.chmod(0o755)
    told = as_nobody(OPEN_AND_TELL, tmp_path / "new" / "kfp.db")
    tmp_path.chmod(0o755)
    assert told.stdout.startswith("KFP404"), told.stderr
    assert str(tmp_path) in told.stdout


def test_a_url_that_is_none_and_a_driver_that_is_not_installed():
    assert fails("no url").code == "KFP423"
    error = fails("postgresql+pg8000://secret:word@host/db")
    assert error.code == "KFP423"
    assert "word" not in str(error)
    assert "pip install" in error.hint
    assert fails("nonsense+x://host/db").code == "KFP423"


def test_many_first_starts_at_once(tmp_path):
    path = tmp_path / "kfp.db"
    code = """
import sys
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
sys.stdin.read(1)
store = SqlMetadataStore("sqlite:///" + sys.argv[1])
assert store.list_runs() == []
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        process.stdin.write(b"x")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, told
    engine = open_database(f"sqlite:///{path}")
    assert schema_version(engine) == SCHEMA_VERSION
    engine.dispose()


def test_a_first_start_that_was_killed_is_repeated(tmp_path):
    path = tmp_path / "kfp.db"
    code = """
import os, signal, sys
from sqlalchemy import Table
import jupyter_kfp.metadata.migrations.run_migrations as run_migrations
from jupyter_kfp.metadata.database import open_database
from sqlalchemy import event, Engine
@event.listens_for(Engine, "after_cursor_execute")
def kill(connection, cursor, statement, *_):
    if "CREATE TABLE tasks" in statement:
        os.kill(os.getpid(), signal.SIGKILL)
open_database("sqlite:///" + sys.argv[1])
"""
    killed = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True)
    assert killed.returncode == -9
    engine = open_database(f"sqlite:///{path}")
    assert schema_version(engine) == SCHEMA_VERSION
    engine.dispose()
