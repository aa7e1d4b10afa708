"""The live display and Ctrl-C, on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

WAITING = "import pathlib, time\nprint('hello')\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)"
# The child takes the terminal as its own, so that Ctrl-C reaches it as it does in a shell.
BEGIN = "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\nfrom jupyter_kfp.cli.app import main\n"
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07)")


class Terminal:
    """A command on a terminal of its own."""

    def __init__(
        self, kfp: Any, arguments: list[str], *, columns: int, lines: int, environment: dict[str, str]
    ) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.raw = ""
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{BEGIN}sys.exit(main({arguments!r}))"],
            cwd=kfp.folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    @property
    def text(self) -> str:
        """All that was written so far, without escape sequences."""
        return ESCAPES.sub("", self.raw).replace("\r", "")

    def wait_for(self, words: str, *, after: int = 0, seconds: float = 60) -> int:
        """Read until the words come; returns the position behind them."""
        deadline = time.monotonic() + seconds
        while words not in self.text[after:]:
            assert time.monotonic() < deadline, f"{words!r} never came:\n{self.text}"
            assert self._read(), f"the command ended before {words!r} came:\n{self.text}"
        return self.text.index(words, after) + len(words)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def end(self, seconds: float = 60) -> int:
        """Read to the end; returns the exit code."""
        deadline = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < deadline, self.text
        return self._process.wait(timeout=seconds)

    def close(self) -> None:
        """Give all back."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 0.2)[0]:
            return True
        data = b""
        with contextlib.suppress(OSError):  # Linux says so when the other end is closed
            data = os.read(self._master, 65536)
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


@pytest.fixture
def terminal(kfp: Any) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str | Path, columns: int = 80, lines: int = 24, **environment: str) -> Terminal:
        kept = {name: value for name, value in kfp.environment.items() if name not in {"NO_COLOR", "CI"}}
        variables = {**kept, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment}
        variables.pop("COLUMNS", None)
        terminal = Terminal(kfp, [*map(str, arguments)], columns=columns, lines=lines, environment=variables)
        opened.append(terminal)
        return terminal

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def waiting(make_notebook: Any) -> Path:
    """Two steps, the second of which waits for the file ``go``."""
    notebook: Path = make_notebook(
        ("step:first", "x = 1"), ("step:Übung 二", f"x += 1\n{WAITING}"), ("step:last", "print(x)")
    )
    return notebook


def test_a_run_is_shown_live(terminal: Callable[..., Terminal], waiting: Path, tmp_path: Path) -> None:
    shown = terminal("run", waiting)
    shown.wait_for("Running")
    shown.wait_for("1/1, cell 2")
    assert "\x1b[?25l" in shown.raw, "the cursor is hidden while the picture is drawn again and again"
    assert "Pending" in shown.text
    (tmp_path / "go").touch()
    assert shown.end() == 0
    assert shown.raw.rindex("\x1b[?25h") > shown.raw.rindex("\x1b[?25l"), "the cursor is given back"
    final = shown.text[shown.text.rindex("Succeeded · 3 of 3 steps done") :]
    words = [line.index("Succeeded") for line in final.splitlines()[1:4]]
    assert len(set(words)) == 2, "aligned, but for the wide character that a str counts once"
    assert "hello" not in shown.text, "what steps print is not shown unasked"
    assert "jupyter kfp show" in final
    assert "\x1b[32m✓" in shown.raw


def test_no_color_is_honoured(terminal: Callable[..., Terminal], waiting: Path, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    shown = terminal("run", waiting, NO_COLOR="1")
    assert shown.end() == 0
    assert not re.search(r"\x1b\[[0-9;]*m", shown.raw)
    assert "✓ first" in shown.text


@pytest.mark.parametrize("variable", [{"TERM": "dumb"}, {"CI": "true"}])
def test_plain_lines_where_the_cursor_must_not_move(
    terminal: Callable[..., Terminal], waiting: Path, tmp_path: Path, variable: dict[str, str]
) -> None:
    (tmp_path / "go").touch()
    shown = terminal("run", waiting, **variable)
    assert shown.end() == 0
    assert "\x1b" not in shown.raw
    assert re.search(r"\d\d:\d\d:\d\d  first +Succeeded", shown.text)


def test_logs_are_streamed_when_asked(terminal: Callable[..., Terminal], waiting: Path, tmp_path: Path) -> None:
    shown = terminal("run", waiting, "--logs")
    shown.wait_for("Übung 二 | hello")
    (tmp_path / "go").touch()
    shown.wait_for("last | 2")
    assert shown.end() == 0


def test_narrow_and_low(terminal: Callable[..., Terminal], make_notebook: Any, tmp_path: Path) -> None:
    cells = [(f"step:step number {number}", f"x{number} = {number}") for number in range(40)]
    cells[20] = ("step:step number 20", WAITING)
    shown = terminal("run", make_notebook(*cells), columns=60, lines=12)
    shown.wait_for("more: ")
    (tmp_path / "go").touch()
    assert shown.end() == 0
    assert shown.text.rindex("✓ step number 39") > shown.text.rindex(" Pending"), "at the end all steps are listed"
    live = shown.raw[: shown.raw.index("Executed notebooks: ")]
    written = [ESCAPES.sub("", piece) for piece in re.split(r"\x1b\[[0-9;]*[AK]|\r|\n", live)]
    assert max(map(len, written)) <= 60


def test_ctrl_c_go_on_then_detach(terminal: Callable[..., Terminal], waiting: Path, kfp: Any, tmp_path: Path) -> None:
    shown = terminal("run", waiting)
    shown.wait_for("1/1, cell 2")
    shown.type("\x03")
    asked = shown.wait_for("[d]etach, [c]ancel, or go on (Enter)?")
    shown.type("\n")
    back = shown.wait_for("1 of 3 steps done", after=asked)
    shown.type("\x03")
    shown.wait_for("go on (Enter)?", after=back)
    shown.type("d\n")
    assert shown.end() == 130
    run_id = re.search(r"jupyter kfp attach (\w+)", shown.text)[1]  # type: ignore[index]
    assert kfp.json("show", run_id)["state"] == "RUNNING"
    (tmp_path / "go").touch()
    assert kfp("attach", run_id).returncode == 0


def test_ctrl_c_cancel(terminal: Callable[..., Terminal], waiting: Path) -> None:
    shown = terminal("run", waiting, "--KfpApp.grace_seconds=1")
    shown.wait_for("1/1, cell 2")
    shown.type("\x03")
    shown.wait_for("go on (Enter)?")
    shown.type("c\n")
    assert shown.end() == 3
    assert "Canceled · " in shown.text
    assert "jupyter kfp retry" in shown.text


@pytest.mark.parametrize("answer", ["\x03", "\x04"])
def test_a_second_ctrl_c_and_the_end_of_input_detach(
    terminal: Callable[..., Terminal], waiting: Path, answer: str, tmp_path: Path
) -> None:
    shown = terminal("run", waiting)
    shown.wait_for("1/1, cell 2")
    shown.type("\x03")
    shown.wait_for("go on (Enter)?")
    shown.type(answer)
    assert shown.end() == 130
    assert "Detached; run" in shown.text
    (tmp_path / "go").touch()


def test_a_failure_on_a_terminal(terminal: Callable[..., Terminal], make_notebook: Any) -> None:
    cell = "print('before')\nvalues = []\nvalues[3]"
    shown = terminal("run", make_notebook(("step:broken", cell), ("step:after", "print(values)")))
    assert shown.end() == 1
    assert re.search(r"✗ broken +Failed .* cell 1, line 3: IndexError", shown.text)
    assert re.search(r"⊖ after +Not run", shown.text)
    assert "values[3]" in shown.text
    assert "| before" in shown.text
    assert "jupyter kfp retry" in shown.text


def test_deleting_asks(terminal: Callable[..., Terminal], make_notebook: Any, kfp: Any) -> None:
    run_id = kfp.json("run", make_notebook(("step:a", "x = 1")))["run_id"]
    asked = terminal("delete", run_id)
    asked.wait_for("[y/N]")
    asked.type("\n")
    assert asked.end() == 0
    assert "Nothing was deleted" in asked.text
    asked = terminal("delete", run_id)
    asked.wait_for("[y/N]")
    asked.type("y\n")
    assert asked.end() == 0
    assert kfp("show", run_id).returncode == 2
