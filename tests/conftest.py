"""Fixtures that every part of the suite uses: notebooks from a few lines, and the real command in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from object_servers import ObjectServer

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

NotebookMaker = Callable[..., Path]


class Kfp:
    """The command `jupyter kfp` with its own home and folder."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.environment = {**os.environ, "JUPYTER_KFP_HOME": str(home), "NO_COLOR": "1"}

    def __call__(self, *arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run and return, whatever the exit code; a traceback of ours on stderr is a failure of any test."""
        command = [sys.executable, "-m", "jupyter_kfp.cli", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert "jupyter_kfp/" not in done.stderr, done.stderr
        return done

    def json(self, *arguments: str | Path, timeout: float = 120) -> dict[str, Any]:
        """Run with `--json`; the one object on stdout, with the exit code beside it as ``exit``."""
        done = self(*arguments, "--json", timeout=timeout)
        result: dict[str, Any] = json.loads(done.stdout)
        return {**result, "exit": done.returncode}


@pytest.fixture
def make_notebook(tmp_path: Path) -> NotebookMaker:
    """Write a notebook: cells are sources, or (tags, source), or (tags, source, kfp options); tags split at commas."""

    def make(*cells: str | tuple[Any, ...], name: str = "nb", kernel: str = "python3", kfp: Any = None) -> Path:
        document: dict[str, Any] = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
            "cells": [],
        }
        if kfp is not None:
            document["metadata"]["kfp"] = kfp
        for number, cell in enumerate(cells, start=1):
            tags, source, *options = ("", cell) if isinstance(cell, str) else cell
            markdown = tags == "markdown"
            entry: dict[str, Any] = {
                "cell_type": "markdown" if markdown else "code",
                "id": f"c{number}",
                "source": source,
            }
            entry["metadata"] = {"tags": [t.strip() for t in tags.split(",")]} if tags and not markdown else {}
            if options:
                entry["metadata"]["kfp"] = options[0]
            if not markdown:
                entry |= {"outputs": [], "execution_count": None}
            document["cells"].append(entry)
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return make


@pytest.fixture
def kfp(tmp_path: Path) -> Iterator[Kfp]:
    """The command, with a home that no other test sees; runs that a test leaves behind are canceled."""
    command = Kfp(tmp_path, tmp_path / "home")
    yield command
    _cancel_what_runs(command)


@pytest.fixture(scope="module")
def shared_kfp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kfp]:
    """The same for all tests of a module."""
    folder = tmp_path_factory.mktemp("kfp")
    command = Kfp(folder, folder / "home")
    yield command
    _cancel_what_runs(command)


def _cancel_what_runs(command: Kfp) -> None:
    if (command.home / "kfp.db").exists():
        for state in ("RUNNING", "PENDING"):
            for run in command.json("runs", "--state", state).get("runs", []):
                command("cancel", run["run_id"])


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """MinIO's S3 server on loopback; see `object_servers`."""
    from object_servers import run_minio

    yield from _object_server(run_minio, tmp_path_factory.mktemp("minio"))


@pytest.fixture(scope="session")
def seaweed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """SeaweedFS on loopback, all of it in one process."""
    from object_servers import run_seaweed

    yield from _object_server(run_seaweed, tmp_path_factory.mktemp("seaweed"))


def _object_server(run: Callable[[Path], AbstractContextManager[ObjectServer]], folder: Path) -> Iterator[ObjectServer]:
    with run(folder) as server:
        yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=["minio", "seaweed"])
def object_server(request: pytest.FixtureRequest) -> ObjectServer:
    """Each of them."""
    server: ObjectServer = request.getfixturevalue(f"{request.param}_server")
    return server
