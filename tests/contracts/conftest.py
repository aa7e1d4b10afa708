"""Databases for the contract of metadata stores; servers run on a socket in a temporary folder, if installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.metadata.sql_store import SqlMetadataStore


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory) -> Iterator[SqlMetadataStore]:
    store = SqlMetadataStore(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'kfp.db'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def postgresql_store(tmp_path_factory) -> Iterator[SqlMetadataStore]:
    programs = needs("initdb", "postgres", driver="psycopg", folders="/usr/lib/postgresql/*/bin")
    folder = tmp_path_factory.mktemp("postgresql")
    as_user = unprivileged(folder)
    data = folder / "data"
    subprocess.run(
        [
            programs["initdb"],
            "-D",
            data,
            "-U",
            "kfp",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        capture_output=True,
        **as_user,
    )
    command = [programs["postgres"], "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    yield from serve(command, f"postgresql+psycopg://kfp@/postgres?host={folder}", folder / ".s.PGSQL.5432", as_user)


@pytest.fixture(scope="module")
def mariadb_store(tmp_path_factory) -> Iterator[SqlMetadataStore]:
    programs = needs("mariadb-install-db", "mariadbd", driver="pymysql", folders="/usr/sbin")
    folder = tmp_path_factory.mktemp("mariadb")
    as_user = unprivileged(folder)
    data, socket = folder / "data", folder / "socket"
    install = [programs["mariadb-install-db"], "--no-defaults", f"--datadir={data}"]
    install.append("--auth-root-authentication-method=normal")
    subprocess.run(install, check=True, capture_output=True, **as_user)
    command = [programs["mariadbd"], "--no-defaults", f"--datadir={data}", f"--socket={socket}"]
    command += ["--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--max-allowed-packet=64M"]
    yield from serve(command, f"mysql+pymysql://root@localhost/test?unix_socket={socket}", socket, as_user)


def needs(*programs: str, driver: str, folders: str) -> dict[str, str]:
    if find_spec(driver) is None:
        pytest.skip(f"the Python driver {driver} is not installed")
    places = [str(place) for place in sorted(Path("/").glob(folders.lstrip("/")))]
    search = os.pathsep.join([os.environ.get("PATH", ""), *places])
    found = {program: shutil.which(program, path=search) for program in programs}
    missing = [program for program, place in found.items() if place is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return {program: str(place) for program, place in found.items()}


def unprivileged(folder: Path) -> dict[str, int]:
    """Database servers do not run as root: arguments for `subprocess` that give up its rights."""
    if os.getuid() != 0:
        return {}
    os.chown(folder, 65534, 65534)
    for parent in folder.parents:  # the temporary folders of the test run, which are private
        if parent.stat().st_uid == 0 and parent.name.startswith("pytest-"):
            parent.chmod(0o755)
    return {"user": 65534, "group": 65534}


def serve(command: list[object], url: str, socket: Path, as_user: dict[str, int]) -> Iterator[SqlMetadataStore]:
    server = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user
    )
    try:
        store = wait_for_store(url, socket, server)
        yield store
        store.close()
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for_store(url: str, socket: Path, server: subprocess.Popen[bytes]) -> SqlMetadataStore:
    deadline = time.monotonic() + 30
    while not socket.exists() and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    while True:
        try:
            return SqlMetadataStore(url)
        except KfpError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
