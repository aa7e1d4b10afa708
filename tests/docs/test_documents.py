"""What the documents show is true: every command and snippet runs, every picture is the one that the tool draws.

A fenced block ``console`` holds commands behind ``$``; all of a page run in order in one folder with copies of the
examples. The exit code must be 0, or N where the line ends in ``# exit N``. A block ``python`` is executed, all of a
page in one namespace.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_RUN = {
    "source .venv/bin/activate": "the tests run in an environment already",
    "make test": "it is what runs this test",
    "make bench": "figures are no test",
    "make clean": "it removes the environment",
}


def blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in BLOCK.findall(page.read_text("utf-8")) if found == language]


def commands(page: Path) -> list[tuple[str, int]]:
    found = []
    for body in blocks(page, "console"):
        for line in body.splitlines():
            if not line.startswith("$ "):
                continue
            command, _, exit_code = line[2:].partition("  # exit ")
            found.append((command.split("  #")[0].strip(), int(exit_code or 0)))
    return [(command, code) for command, code in found if command not in NOT_RUN]


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=ids)
def test_commands_of_the_page_run(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_KFP_HOME": str(tmp_path / "home"),
        "VENV": sys.prefix,
    }
    for command, expected in commands(page):
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        # `make demo` must not install anything again: -o says that the stamps are as new as they need be.
        runnable = f"{command} -o {sys.prefix}/.demo VENV={sys.prefix}" if command == "make demo" else command
        done = subprocess.run(
            runnable, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=ids)
def test_python_of_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "helpers.py").write_text("CONFIG = {}\n\ndef load(name):\n    return [name]\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for body in blocks(page, "python"):
        exec(compile(body, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_of_the_page_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_generated_pages_and_pictures_are_up_to_date(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
