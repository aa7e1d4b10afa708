"""Values survive a file exactly, with the memory and the objects that they share."""

import collections
import dataclasses
import datetime as dt
import functools
import gc
import io
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import load_values, pickle_value, save_pickled
from jupyter_kfp.artifacts.serializers.value_file import open_value_file
from jupyter_kfp.worker.same_value import first_difference

NAMES = NotebookNames({})


def through_file(folder, value):
    written = save_pickled(folder / "value", ["x"], pickle_value(value, NAMES))
    file = open_value_file(folder / "value", written.digest)
    assert file.size == written.size == (folder / "value").stat().st_size
    return load_values(file, {})["x"]


def content(value):
    """Bytes of a pickle: the same only for the same value with the same sharing."""
    pickled = pickle_value(value, NAMES)
    return b"".join([*pickled.stream, *(buffer.view for buffer in pickled.buffers)])


atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
arrays = hnp.arrays(
    dtype=hnp.scalar_dtypes() | hnp.byte_string_dtypes() | hnp.unicode_string_dtypes(),
    shape=hnp.array_shapes(min_dims=0, min_side=0, max_dims=3),
)
hashable = st.integers() | st.text() | st.binary() | st.tuples(st.integers(), st.text())
nested = st.recursive(
    atoms | arrays,
    lambda inner: (
        st.lists(inner) | st.dictionaries(hashable, inner) | st.tuples(inner, inner) | st.frozensets(hashable)
    ),
    max_leaves=12,
)


class TestRoundTrip:
    @given(value=nested)
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_nested_values(self, tmp_path, value):
        back = through_file(tmp_path, value)
        assert first_difference(value, back, "x", NAMES) is None
        # Bytes tell more, but sets of strings have no fixed order.
        assert content(back) == content(value) or "frozenset" in repr(value)

    @given(array=arrays, order=st.sampled_from(["C", "F", "strided", "readonly"]))
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_arrays_of_all_dtypes_and_orders(self, tmp_path, array, order):
        if order == "strided":
            array = array[..., ::2] if array.ndim else array
        elif order in "CF":
            array = np.asarray(array, order=order)
        else:
            array.flags.writeable = False
        back = through_file(tmp_path, array)
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert back.flags.writeable == array.flags.writeable
        assert back.tobytes() == array.tobytes()

    def test_frames(self, tmp_path):
        frame = pd.DataFrame(
            {
                "f": [1.5, None, 3],
                "s": ["a", None, "b"],
                "d": pd.date_range("2020-01-01", periods=3, tz="Europe/Paris"),
                "c": pd.Categorical(["u", "v", "u"]),
                "i": pd.array([1, None, 3], dtype="Int64"),
                "o": [[1], {"k": 2}, None],
            },
            index=pd.MultiIndex.from_tuples([(1, "x"), (1, "y"), (2, "x")], names=["n", "m"]),
        )
        frame.attrs["source"] = "test"
        back = through_file(tmp_path, frame)
        pd.testing.assert_frame_equal(back, frame)
        assert back.attrs == {"source": "test"}
        back.loc[(1, "x"), "f"] = 9.0
        assert back["f"].iloc[0] == 9.0

    @pytest.mark.parametrize(
        "value",
        [
            dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            collections.OrderedDict(b=1, a=2),
            collections.deque([1, 2], maxlen=3),
            collections.Counter("abca"),
            functools.partial(int, base=2),
            np.random.default_rng(3),
            bytearray(b"x" * 5000),
            memoryview(b"abc"),
            memoryview(bytearray(16)).cast("d"),
            range(3),
            {1, 2, 3},
            ValueError("text", 3),
            gc,
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_of_many_types(self, tmp_path, value):
        back = through_file(tmp_path, value)
        assert type(back) is type(value)
        assert content(back) == content(value)

    def test_a_generator_of_random_numbers_goes_on_where_it_was(self, tmp_path):
        rng = np.random.default_rng(1)
        rng.normal()
        assert through_file(tmp_path, rng).normal() == rng.normal()


class TestMemory:
    def test_a_large_array_is_the_file_itself(self, tmp_path):
        array = np.arange(300_000, dtype=float)
        back = through_file(tmp_path, array)
        assert back.ctypes.data % 4096 == 0
        assert not np.shares_memory(back, load_values(open_value_file(tmp_path / "value"), {})["x"])

    def test_writing_into_a_loaded_array_changes_no_file(self, tmp_path):
        before = np.arange(300_000, dtype=float)
        back = through_file(tmp_path, before)
        back[:] = -1
        again = load_values(open_value_file(tmp_path / "value"), {})["x"]
        assert np.array_equal(again, before)

    def test_views_stay_views(self, tmp_path):
        base = np.arange(10_000.0).reshape(100, 100)
        whole, rows, column, turned, reverse = through_file(tmp_path, [base, base[:10], base[:, 3], base.T, base[::-1]])
        whole[5, 3] = -7
        assert rows[5, 3] == column[5] == turned[3, 5] == reverse[-6, 3] == -7
        assert (tmp_path / "value").stat().st_size < 1.2 * base.nbytes

    def test_a_sparse_view_alone_does_not_drag_its_base_along(self, tmp_path):
        base = np.zeros((1000, 1000))
        assert np.array_equal(through_file(tmp_path, base[:, 0]), base[:, 0])
        assert (tmp_path / "value").stat().st_size < 25_000

    def test_adjacent_parts_of_one_array_are_apart(self, tmp_path):
        base = np.arange(10.0)
        left, right = through_file(tmp_path, [base[:5], base[5:]])
        left[:] = 0
        assert list(right) == [5, 6, 7, 8, 9]

    def test_frames_over_one_memory_still_copy_on_write(self, tmp_path):
        frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
        back, part, column, copy = through_file(tmp_path, (frame, frame[["a"]], frame["a"], frame.copy(deep=False)))
        back.loc[0, "a"] = 99.0
        assert part.loc[0, "a"] == column[0] == copy.loc[0, "a"] == 1.0

    def test_an_array_of_the_memory_of_a_frame_shows_its_changes(self, tmp_path):
        frame = pd.DataFrame({"a": [1.0, 2.0]})
        back, values = through_file(tmp_path, (frame, frame["a"].to_numpy()))
        back.loc[0, "a"] = 99.0
        assert values[0] == 99.0
        assert not values.flags.writeable

    def test_an_object_under_two_names_is_one(self, tmp_path):
        shared = [1]
        back = through_file(tmp_path, {"a": shared, "b": [shared]})
        assert back["b"][0] is back["a"]


class TestDeterminism:
    def test_equal_values_give_equal_files(self, tmp_path):
        def digest(name):
            value = {"frame": pd.DataFrame({"a": np.arange(5.0), "b": list("vwxyz")}), "list": [1, "x"]}
            return save_pickled(tmp_path / name, ["x"], pickle_value(value, NAMES)).digest

        assert digest("one") == digest("two")


class Holder:
    def __init__(self, part):
        self.part = part


@dataclasses.dataclass(slots=True)
class Slotted:
    part: object


class TestNotPicklable:
    @pytest.mark.parametrize(
        ("make", "path", "advice"),
        [
            (lambda bad: bad, "x", "pass the path"),
            (lambda bad: {"rows": 1, "handle": bad}, "x['handle']", "pass the path"),
            (lambda bad: [0] * 5000 + [(1, bad)], "x[5000][1]", "pass the path"),
            (lambda bad: {"deep": [{"a": {"b": bad}}]}, "x['deep'][0]['a']['b']", "pass the path"),
            (lambda bad: Holder({"f": bad}), "x.part['f']", "pass the path"),
            (Slotted, "x.part", "pass the path"),
        ],
        ids=["itself", "dict", "long list", "deep", "object", "slots"],
    )
    def test_the_culprit_has_a_path(self, tmp_path, make, path, advice):
        from jupyter_kfp.artifacts.serializers.unpicklable import explain

        with (tmp_path / "open").open("w") as bad:
            value = make(bad)
            with pytest.raises(TypeError) as caught:
                pickle_value(value, NAMES)
            culprit = explain(value, "x", NAMES, caught.value)
        assert culprit.path == path
        assert culprit.type_name == "_io.TextIOWrapper"
        assert advice in culprit.advice

    @pytest.mark.parametrize(
        ("value", "advice"),
        [
            ((each for each in ()), "make a list of it"),
            (threading.Lock(), "belongs to one process"),
            (io.BufferedReader(io.BytesIO()), "pass the path"),
        ],
        ids=["generator", "lock", "buffered file"],
    )
    def test_the_advice_fits_the_kind(self, value, advice):
        from jupyter_kfp.artifacts.serializers.unpicklable import explain

        with pytest.raises(TypeError) as caught:
            pickle_value([value], NAMES)
        assert advice in explain([value], "x", NAMES, caught.value).advice

    def test_a_connection(self):
        import sqlite3

        from jupyter_kfp.artifacts.serializers.unpicklable import explain

        connection = sqlite3.connect(":memory:")
        try:
            with pytest.raises(TypeError) as caught:
                pickle_value({"db": connection}, NAMES)
            culprit = explain({"db": connection}, "x", NAMES, caught.value)
        finally:
            connection.close()
        assert (culprit.path, culprit.type_name) == ("x['db']", "sqlite3.Connection")
        assert "connect in each step" in culprit.advice

    def test_nested_too_deeply(self):
        import pickle

        from jupyter_kfp.artifacts.serializers.unpicklable import explain

        value: list[object] = []
        for _ in range(100_000):
            value = [value]
        with pytest.raises(pickle.PicklingError, match="nested too deeply") as caught:
            pickle_value(value, NAMES)
        assert "flatten" in explain(value, "x", NAMES, caught.value).advice
        while value:  # Taken apart by hand: freeing it would recurse as well.
            value = value.pop()
