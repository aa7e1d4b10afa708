"""Which files code uses, by what it does: the watch sees it or the names in the code tell."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.artifacts.file_state import file_state
from jupyter_kfp.engine.file_checks import check_files
from jupyter_kfp.spec.used_files import ABSENT, FOLDER, UsedFiles
from jupyter_kfp.worker.command_files import command_words, listed_folders, named_files
from jupyter_kfp.worker.file_watch import FileWatch
from jupyter_kfp.worker.user_paths import UserPaths, absolute

# What the code under test opens it leaves to the collector, as notebooks do.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def use(source: str, *names: str, **variables: Any) -> UsedFiles:
    """Run code under a watch."""
    code = compile(textwrap.dedent(source), "<cell>", "exec")
    watch = FileWatch(UserPaths(str(Path.cwd())), names)
    namespace: dict[str, Any] = {"__name__": "__main__", **variables}
    watch.on()
    try:
        exec(code, namespace)
    finally:
        watch.off()
    return watch.used()


def names(paths: Any) -> list[str]:
    return sorted(os.path.relpath(path) for path in paths)


READS = {
    "open": "open('d.csv').read()",
    "computed": "from pathlib import Path\n(Path('.') / ('d' + '.csv')).read_text()",
    "descriptor": "import os\nos.close(os.open('d.csv', os.O_RDONLY))",
    "numpy": "import numpy as np\nnp.loadtxt('d.csv')",
    "pandas": "import pandas as pd\npd.read_csv('d.csv')",
    "command": "import subprocess\nsubprocess.run(['cat', 'd.csv'], stdout=subprocess.DEVNULL)",
    "shell": "import subprocess\nsubprocess.getoutput('cat d.csv | wc -l')",
    "system": "import os\nos.system('cat d.csv > /dev/null')",
    "terminal": "from IPython.utils.process import system\nsystem('cat d.csv > /dev/null')",
    "other folder": "import os\nos.chdir('..')\nopen(f'{name}/d.csv').read()\nos.chdir(name)",
    "copied": "import shutil\nshutil.copy('d.csv', 'e.csv')",
    "thread": "import threading\nt = threading.Thread(target=lambda: open('d.csv').read())\nt.start()\nt.join()",
    "bytes": "open(b'./d.csv').read()",
}


@pytest.mark.parametrize("source", READS.values(), ids=READS)
def test_reading_is_seen(source: str, here: Path) -> None:
    (here / "d.csv").write_text("1\n")
    used = use(source, name=here.name)
    assert names(used.read) == ["d.csv"]
    assert used.read[str(here / "d.csv")] == file_state(str(here / "d.csv"))
    assert not used.incomplete


WRITES = {
    "open": "open('o.txt', 'w').write('x')",
    "append": "open('o.txt', 'a').write('x')",
    "folder": "import os\nos.makedirs('f/g')\nopen('f/g/o.txt', 'x').close()",
    "replaced": "import os\nopen('t', 'w').write('x')\nos.replace('t', 'o.txt')",
    "pandas": "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('o.csv')",
    "figure": "from matplotlib.figure import Figure\nFigure().savefig('o.png')",
    "joblib": "import joblib\njoblib.dump([1], 'o.joblib')",
    "zip": "import zipfile\nwith zipfile.ZipFile('o.zip', 'w') as z: z.writestr('a', 'b')",
    "sqlite": "import sqlite3\nc = sqlite3.connect('o.db')\nc.execute('create table t (a)')\nc.close()",
    "shell": "import os\nos.system('echo 1 > o.txt')",
    "renamed folder": "import os\nos.mkdir('f')\nopen('f/o.txt', 'w').close()\nos.rename('f', 'g')",
}
WRITTEN = {
    "folder": ["f", "f/g", "f/g/o.txt"],
    "pandas": ["o.csv"],
    "figure": ["o.png"],
    "joblib": ["o.joblib"],
    "zip": ["o.zip"],
    "sqlite": ["o.db"],
    "renamed folder": ["g", "g/o.txt"],
}


@pytest.mark.parametrize("kind", WRITES)
def test_writing_is_seen_and_is_no_input(kind: str, here: Path) -> None:
    used = use(WRITES[kind])
    assert names(used.written) == WRITTEN.get(kind, ["o.txt"])
    assert names(used.made) == names(used.written)
    assert used.read == {}
    assert check_files(used, str(here)).why is None


def test_what_a_step_reads_of_its_own_is_no_input(here: Path) -> None:
    used = use("open('o.txt', 'w').write('1')\nopen('o.txt').read()\nopen('o.txt', 'r+').write('2')")
    assert (used.read, names(used.written)) == ({}, ["o.txt"])


def test_what_a_step_made_and_removed_leaves_no_trace(here: Path) -> None:
    source = "import os, shutil\nopen('t', 'w').close()\nos.remove('t')\nos.makedirs('d/e')\nshutil.rmtree('d')"
    assert use(source) == UsedFiles()


def test_a_file_that_is_read_and_then_changed_counts_as_it_was(here: Path) -> None:
    path = str(here / "n.txt")
    for change in ("open('n.txt', 'w').write('2')", "import os\nos.remove('n.txt')", "open('n.txt', 'r+').write('2')"):
        Path(path).write_text("1")
        before = file_state(path)
        used = use(f"open('n.txt').read()\n{change}")
        assert used.read == {path: before}
        assert used.written[path].digest != before.digest
        assert "it changes the file n.txt, which it reads" in str(check_files(used, str(here)).why)


def test_a_file_changed_in_place_is_read(here: Path) -> None:
    (here / "n.txt").write_text("12")
    used = use("open('n.txt', 'r+').write('3')")
    assert names(used.read) == names(used.written) == ["n.txt"]


def test_removed_files_and_folders(here: Path) -> None:
    (here / "f").mkdir()
    (here / "f" / "a").write_text("1")
    (here / "b").write_text("1")
    used = use("import os, shutil\nopen('f/a').read()\nshutil.rmtree('f')\nos.remove('b')")
    assert {os.path.relpath(path): state.digest for path, state in used.written.items()} == dict.fromkeys(
        ("b", "f", "f/a"), ABSENT
    )
    assert names(used.read) == ["f/a"]
    assert used.read[str(here / "f" / "a")].digest != ABSENT


def test_what_is_not_there_counts(here: Path) -> None:
    used = use(
        """
        import glob
        for name in ('a.json', 'b.json'):
            try:
                open(name)
            except FileNotFoundError:
                open('b.json', 'w').close()
        glob.glob('in/*.csv')
        """
    )
    assert {os.path.relpath(path): state.digest for path, state in used.read.items()} == {
        "a.json": ABSENT,
        "in": ABSENT,
    }
    assert names(used.written) == ["b.json"]


LISTS = {
    "listdir": "import os\nos.listdir('f')",
    "scandir": "import os\nlist(os.scandir('f'))",
    "glob": "import glob\nglob.glob('f/*.csv')",
    "path": "from pathlib import Path\nlist(Path('f').iterdir())",
    "path glob": "from pathlib import Path\nlist(Path('f').glob('*.csv'))",
    "walk": "import os\nlist(os.walk('f'))",
    "command": "import subprocess\nsubprocess.getoutput('ls f')",
    "pattern": "import subprocess\nsubprocess.getoutput('cat f/*.csv')",
}


@pytest.mark.parametrize("source", LISTS.values(), ids=LISTS)
def test_listing_is_seen(source: str, here: Path) -> None:
    (here / "f").mkdir()
    (here / "f" / "a.csv").touch()
    used = use(source)
    assert used.listed == {str(here / "f"): ["a.csv"]}
    assert check_files(used, str(here)).why is None
    (here / "f" / "b.csv").touch()
    assert check_files(used, str(here)).why == "the files in the folder f are others"


def test_looking_for_what_is_installed_lists_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for entry points or versions lists the working directory, which is on the path of a kernel."""
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    source = (
        "from importlib import invalidate_caches, metadata\n{}\nmetadata.entry_points()\nmetadata.version('pytest')"
    )
    assert use(source.format("invalidate_caches()")).listed == {}
    listed = use(source.format("import os; os.listdir()")).listed
    assert names(listed) == ["."]


def test_own_files_in_a_listed_folder_do_not_count(here: Path) -> None:
    (here / "f").mkdir()
    used = use("import os\nos.listdir('f')\nopen('f/a', 'w').close()")
    assert used.listed == {str(here / "f"): []}
    assert check_files(used, str(here)).why is None


def test_python_the_system_and_temporary_files_do_not_count(here: Path) -> None:
    (here / "own_module.py").write_text("x = 1")
    used = use(
        """
        import sys, tempfile, os
        sys.path.insert(0, os.getcwd())
        import own_module, colorsys
        sys.path.pop(0)
        open('/proc/self/status').read()
        open('/etc/hosts').read()
        with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile():
            open(file.name).read()
            open(os.path.join(folder, 'a'), 'w').close()
            os.listdir(folder)
        kept = tempfile.mkdtemp()
        open(os.path.join(kept, 'a'), 'w').close()
        r, w = os.pipe()
        open(r).close()
        os.close(w)
        """
    )
    assert used == UsedFiles()
    assert names(use("open('own_module.py').read()").read) == ["own_module.py"]


def test_native_code_is_seen_by_names(here: Path) -> None:
    """Stands for pyarrow and the like: what happens to the file without an event."""

    def native(path: str, text: str) -> None:
        subprocess.run([sys.executable, "-c", f"open({path!r}, 'w').write({text!r})"], check=True)

    (here / "in.parquet").write_text("1")
    (here / "parts.parquet").mkdir()
    watch = FileWatch(UserPaths(str(here)), ["in.parquet", "out.parquet", "parts.parquet", "no\0name", "none.csv"])
    native("out.parquet", "2")
    native("parts.parquet/0", "3")
    used = watch.used()
    assert names(used.read) == ["in.parquet"]
    assert names(used.written) == ["out.parquet", "parts.parquet"]
    assert used.written[str(here / "parts.parquet")].digest != FOLDER
    assert check_files(used, str(here)).why is None
    native("parts.parquet/1", "4")
    assert check_files(used, str(here)).why == "parts.parquet, which it writes, changed"


def test_forked_processes_tell(here: Path) -> None:
    for name in ("a", "b", "c"):
        (here / name).write_text("1")
    (here / "own").mkdir()
    watch = FileWatch(UserPaths(str(here), [str(here / "own")]), journal=str(here / "own" / "journal"))
    watch.on()
    (here / "a").read_text()
    child = os.fork()
    if not child:
        (here / "b").read_text()
        (here / "c").read_text()
        (here / "c").write_text("2")
        (here / "d").write_text("3")
        os._exit(0)
    os.waitpid(child, 0)
    used = watch.used()
    assert names(used.read) == ["a", "b", "c"]
    assert names(used.written) == ["c", "d"]
    assert used.read[str(here / "c")].digest != used.written[str(here / "c")].digest
    assert used.made == [str(here / "d")]


def test_what_another_changes_meanwhile_is_never_the_same(here: Path) -> None:
    path = here / "d.csv"
    path.write_text("1")
    watch = FileWatch(UserPaths(str(here)))
    watch.on()
    path.read_text()
    watch.off()
    path.write_text("22")
    assert check_files(watch.used(), str(here)).why == "the file d.csv changed while the step ran"


def test_outside_of_a_step_nothing_is_noted(here: Path) -> None:
    (here / "d.csv").write_text("1")
    watch = FileWatch(UserPaths(str(here)))
    watch.on()
    watch.off()
    (here / "d.csv").read_text()
    assert watch.used() == UsedFiles()


def test_more_files_than_are_remembered(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_kfp.worker.file_notes.MOST_FILES", 10)
    used = use("for i in range(30): open(f'f{i}', 'w').close()")
    assert used == UsedFiles(incomplete=True)


def test_a_forked_process_that_was_killed_while_it_told(here: Path) -> None:
    (here / "own").mkdir()
    journal = here / "own" / "journal"
    watch = FileWatch(UserPaths(str(here), [str(here / "own")]), journal=str(journal))
    watch.on()
    watch.off()
    journal.write_bytes(b'{"path":"/a/b')
    assert watch.used().incomplete


def test_names_that_are_no_text_are_not_remembered(here: Path) -> None:
    used = use("open(b'\\xff', 'w').close()\nopen('a', 'w').close()")
    assert used.incomplete
    assert names(used.written) == ["a"]


def test_ten_thousand_files_cost_little(here: Path) -> None:
    """Not a measurement: a bound far above what it takes, for a cost that grows with the square."""
    for index in range(2000):
        (here / f"{index}.txt").touch()
    started = time.process_time()
    used = use("for _ in range(5):\n    for i in range(2000): open(f'{i}.txt').close()")
    assert len(used.read) == 2000
    assert time.process_time() - started < 20


def test_notebooks_below_a_place_that_is_ignored_count() -> None:
    home = str(Path("~").expanduser())
    paths = UserPaths(f"{home}/.work", [f"{home}/.work/env"])
    assert not paths.ignores(f"{home}/.work/data.csv")
    assert paths.ignores(f"{home}/.work/env/lib/x")
    assert paths.ignores(f"{home}/.cache/x")
    assert paths.ignores(f"{sys.prefix}/x")
    assert not paths.ignores("/data/x")


def test_paths_are_made_absolute_without_following_links(here: Path) -> None:
    assert absolute("a/../b//c/") == f"{here}/b/c"
    assert absolute(Path("/x/./y")) == "/x/y"
    assert absolute("x", "/folder") == "/folder/x"
    assert absolute(3) is None


def test_words_of_commands() -> None:
    words = command_words("cat 'my data.csv'|sort>out.txt; ls parts")
    assert [word for word in named_files(words) if "." in word] == ["my data.csv", "out.txt"]
    assert list(listed_folders(words)) == ["parts"]
    assert list(named_files(["wget", "https://x.org/a.csv", "--out=b.csv", "-q"])) == ["wget", "b.csv"]
    assert command_words(["bash", "-c", "cat a.txt"]) == ["cat", "a.txt"]
    assert command_words("it's") == ["it's"]
    assert command_words(None) == []
    assert list(listed_folders(["ls"])) == ["."]
