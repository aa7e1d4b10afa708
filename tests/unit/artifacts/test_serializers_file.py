"""The file: written whole or not at all, verified before anything of it is used."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from jupyter_kfp.artifacts.content_digest import ContentHasher, digest_bytes, digest_file
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import load_values, pickle_value, save_pickled, save_unbound
from jupyter_kfp.artifacts.serializers.unchanged_file import same_buffers, same_stream
from jupyter_kfp.artifacts.serializers.value_file import DamagedValueFile, open_value_file

NAMES = NotebookNames({})
SIZES = [0, 1, 100, 200_000, 5_000_000]


def save(path, value):
    return save_pickled(path, ["x"], pickle_value(value, NAMES))


@pytest.mark.parametrize("size", SIZES)
class TestDigest:
    def test_is_that_of_the_whole_file(self, tmp_path, size):
        written = save(tmp_path / "x", np.ones(size, dtype="u1"))
        assert written.digest == digest_file(tmp_path / "x") == digest_bytes((tmp_path / "x").read_bytes())
        assert written.size == (tmp_path / "x").stat().st_size

    def test_the_digest_at_the_end_serves_where_none_is_passed(self, tmp_path, size):
        save(tmp_path / "x", np.ones(size, dtype="u1"))
        assert load_values(open_value_file(tmp_path / "x"), {})["x"].size == size

    def test_in_pieces(self, tmp_path, size):
        data = os.urandom(size)
        hasher = ContentHasher()
        for start in range(0, size, 70_000):
            hasher.update(data[start : start + 70_000])
        assert hasher.digest() == digest_bytes(data)
        assert hasher.size == size


class TestDamage:
    @pytest.mark.parametrize("size", [10, 400_000], ids=["read", "mapped"])
    @pytest.mark.parametrize("known", [True, False], ids=["address", "seal"])
    @pytest.mark.parametrize("place", ["first", "middle", "last", "cut", "longer", "empty"])
    def test_is_found_before_anything_is_used(self, tmp_path, size, known, place):
        path = tmp_path / "x"
        written = save(path, np.arange(size))
        content = bytearray(path.read_bytes())
        match place:
            case "first" | "middle" | "last":
                position = {"first": 9, "middle": len(content) // 2, "last": -40}[place]
                content[position] ^= 1
            case "cut":
                del content[-100:]
            case "longer":
                content += b"more"
            case "empty":
                content.clear()
        path.write_bytes(content)
        with pytest.raises(DamagedValueFile):
            open_value_file(path, written.digest if known else "")

    def test_another_format_says_so(self, tmp_path):
        path = tmp_path / "x"
        save(path, 1)
        content = bytearray(path.read_bytes())
        content[7] = 9
        path.write_bytes(content)
        with pytest.raises(DamagedValueFile, match="format 9 is unknown"):
            open_value_file(path)

    def test_another_file(self, tmp_path):
        (tmp_path / "x").write_bytes(b"%PDF-1.4" + bytes(1000))
        with pytest.raises(DamagedValueFile, match="not a file of values"):
            open_value_file(tmp_path / "x")


FULL_DISK = """
    import resource, sys
    import numpy as np
    from pathlib import Path
    from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
    from jupyter_kfp.artifacts.serializers.pickled_value import pickle_value, save_pickled

    path = Path(sys.argv[1])
    path.write_text("what was there")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    try:
        save_pickled(path, ["x"], pickle_value(np.ones(int(sys.argv[2])), NotebookNames({})))
    except OSError as error:
        print(type(error).__name__, sorted(each.name for each in path.parent.iterdir()), path.read_text())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize("length", [200_000, 20_000_000])
def test_nothing_half_written_if_the_disk_is_full(tmp_path, length):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path / "x"), str(length)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.strip(), done.stderr) == ("OSError ['x'] what was there", "")


def test_unbound_is_a_mark(tmp_path):
    written = save_unbound(tmp_path / "x", "x")
    file = open_value_file(tmp_path / "x", written.digest)
    assert file.index.unbound
    assert load_values(file, {}) == {}


class TestUnchanged:
    def open(self, tmp_path, value):
        save(tmp_path / "x", value)
        file = open_value_file(tmp_path / "x")
        return file, load_values(file, {})["x"]

    def same(self, value, file):
        pickled = pickle_value(value, NAMES)
        assert value.nbytes < 1000 or same_stream(pickled.stream, [file.stream])  # small arrays are in the stream
        return same_stream(pickled.stream, [file.stream]) and same_buffers(pickled, file)

    @pytest.mark.parametrize("size", [10, 10_000, 1_000_000])
    def test_untouched(self, tmp_path, size):
        file, value = self.open(tmp_path, np.arange(size, dtype=float))
        assert value.sum() > 0
        assert self.same(value, file)

    @pytest.mark.parametrize("size", [10, 10_000, 1_000_000])
    @pytest.mark.parametrize("position", [0, -1, 7])
    def test_one_element_written(self, tmp_path, size, position):
        file, value = self.open(tmp_path, np.arange(size, dtype=float))
        value[position] = -1
        assert not self.same(value, file)

    @pytest.mark.parametrize("size", [10, 1_000_000])
    def test_the_same_written_again(self, tmp_path, size):
        file, value = self.open(tmp_path, np.arange(size, dtype=float))
        value[:] = np.arange(size, dtype=float)
        assert self.same(value, file)

    def test_an_equal_copy_elsewhere(self, tmp_path):
        file, value = self.open(tmp_path, np.arange(500_000, dtype=float))
        assert self.same(value.copy(), file)


def test_a_forked_child_hashes_too():
    """The threads of the parent's hasher do not exist in the child, which must not wait for them."""
    code = """
        import os
        from jupyter_kfp.artifacts.content_digest import digest_bytes
        data = bytes(32 << 20)
        digest = digest_bytes(data)
        if (child := os.fork()) == 0:
            os._exit(0 if digest_bytes(data) == digest else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "0", done.stderr
