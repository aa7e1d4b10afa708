"""What a cell logs arrives as files and events; by hand nothing happens, but mistakes show."""

import decimal
import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import jupyter_kfp
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.worker_events import ArtifactLogged, MetricLogged, ParamsLogged, decode_event
from jupyter_kfp.worker import user_log


@pytest.fixture
def logged(tmp_path):
    """Connect to a folder; gives the events so far."""
    events = tmp_path / "attempt" / "user-events.jsonl"
    user_log.connect(str(tmp_path / "logged"), str(events))
    yield lambda: [decode_event(line) for line in events.read_bytes().splitlines()]
    user_log.connect("", None)


class TestMetrics:
    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (1, 1.0),
            (0.5, 0.5),
            (True, 1.0),
            (np.float32(0.5), 0.5),
            (np.int64(7), 7.0),
            (np.array(2.5), 2.5),
            (decimal.Decimal("0.25"), 0.25),
        ],
    )
    def test_numbers_of_any_library(self, logged, value, number):
        assert jupyter_kfp.log_metric("accuracy", value) is None
        (event,) = logged()
        assert isinstance(event, MetricLogged)
        assert (event.name, event.value, event.step) == ("accuracy", number, None)

    def test_a_series(self, logged):
        for step in range(3):
            jupyter_kfp.log_metric("loss", 1 / (step + 1), step=np.int32(step))
        assert [(event.step, event.value) for event in logged()] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]

    @pytest.mark.parametrize("value", ["0.5", None, float("nan"), float("inf"), np.array([1, 2]), [1], 1j])
    def test_what_is_no_finite_number(self, logged, value):
        with pytest.raises(KfpError, match="accuracy") as caught:
            jupyter_kfp.log_metric("accuracy", value)
        assert caught.value.code == "KFP321"

    @pytest.mark.parametrize("step", [1.5, "1", -1, True])
    def test_a_step_that_is_none(self, logged, step):
        with pytest.raises(KfpError) as caught:
            jupyter_kfp.log_metric("accuracy", 1, step=step)
        assert caught.value.code == "KFP321"

    @pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, 3, None])
    def test_a_bad_name(self, logged, name):
        with pytest.raises(KfpError) as caught:
            jupyter_kfp.log_metric(name, 1)
        assert caught.value.code == "KFP322"


class TestParams:
    def test_keywords_and_dicts(self, logged):
        jupyter_kfp.log_params({"learning rate": np.float64(0.1)}, depth=np.int64(3), layers=(1, 2), on=np.bool_(True))
        (event,) = logged()
        assert isinstance(event, ParamsLogged)
        assert event.values == {"learning rate": 0.1, "depth": 3, "layers": [1, 2], "on": True}

    @pytest.mark.parametrize("value", [object(), float("nan"), [1, {"a": object()}]])
    def test_what_is_not_json(self, logged, value):
        with pytest.raises(KfpError, match="depth") as caught:
            jupyter_kfp.log_params(depth=value)
        assert caught.value.code == "KFP323"

    def test_something_else(self, logged):
        with pytest.raises(KfpError) as caught:
            jupyter_kfp.log_params([("a", 1)])
        assert caught.value.code == "KFP323"


class TestArtifacts:
    def test_a_file_is_copied_as_it_is_now(self, logged, tmp_path):
        source = tmp_path / "table.csv"
        source.write_text("one")
        jupyter_kfp.log_artifact(source, type="dataset")
        source.write_text("two")
        jupyter_kfp.log_artifact(str(source), "table.csv", "system.Dataset")
        first, second = logged()
        assert isinstance(first, ArtifactLogged)
        assert (first.name, first.type) == (second.name, second.type) == ("table.csv", "system.Dataset")
        assert [Path(each.path).read_text() for each in (first, second)] == ["one", "two"]
        assert Path(first.path).is_absolute()

    def test_a_folder(self, logged, tmp_path):
        (tmp_path / "model" / "weights").mkdir(parents=True)
        (tmp_path / "model" / "weights" / "w.bin").write_bytes(b"w")
        jupyter_kfp.log_artifact(tmp_path / "model", "the model", "acme.Weights")
        (event,) = logged()
        assert (event.name, event.type) == ("the model", "acme.Weights")
        assert (Path(event.path) / "weights" / "w.bin").read_bytes() == b"w"

    @pytest.mark.parametrize("name", ["../../up", "/etc/passwd", "ß/ü", ".."])
    def test_a_name_leads_nowhere_else(self, logged, tmp_path, name):
        jupyter_kfp.log_markdown("# text", name)
        (event,) = logged()
        assert event.name == name
        assert (tmp_path / "logged").resolve() in Path(event.path).resolve().parents

    def test_a_missing_file(self, logged):
        with pytest.raises(KfpError, match=r"missing\.csv does not exist") as caught:
            jupyter_kfp.log_artifact("missing.csv")
        assert caught.value.code == "KFP324"

    @pytest.mark.parametrize("title", ["Modell", "", 3, "system.Nothing", None])
    def test_a_type_that_kfp_does_not_know(self, logged, tmp_path, title):
        (tmp_path / "x").write_text("")
        with pytest.raises(KfpError, match="Dataset") as caught:
            jupyter_kfp.log_artifact(tmp_path / "x", type=title)
        assert caught.value.code == "KFP325"

    def test_a_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        user_log.connect(str(tmp_path / "file"), str(tmp_path / "events"))
        try:
            with pytest.raises(KfpError) as caught:
                jupyter_kfp.log_html("<p>x</p>", "page")
        finally:
            user_log.connect("", None)
        assert caught.value.code == "KFP329"


class Chart:
    def to_html(self):
        return "<div>chart</div>"


class Failing:
    def to_html(self):
        raise ValueError("no data")


class TestDrawings:
    def test_matplotlib(self, logged):
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2, 3])
        jupyter_kfp.log_figure(figure, "curve")
        jupyter_kfp.log_figure(axes, "axes")
        for event in logged():
            assert event.type == "system.Artifact"
            assert event.metadata["mime_type"] == "image/png"
            assert event.path.endswith(".png")
            assert Path(event.path).read_bytes().startswith(b"\x89PNG")

    def test_what_can_write_html(self, logged):
        jupyter_kfp.log_figure(Chart(), "chart")
        (event,) = logged()
        assert (event.type, Path(event.path).read_text()) == ("system.HTML", "<div>chart</div>")

    @pytest.mark.parametrize("figure", [3, "x", Failing()])
    def test_what_cannot_be_drawn(self, logged, figure):
        with pytest.raises(KfpError, match="curve") as caught:
            jupyter_kfp.log_figure(figure, "curve")
        assert caught.value.code == "KFP326"

    def test_text_and_files_of_text(self, logged, tmp_path):
        (tmp_path / "page.html").write_text("<p>file</p>")
        jupyter_kfp.log_html("<p>text</p>", "a")
        jupyter_kfp.log_html(str(tmp_path / "page.html"), "b")
        jupyter_kfp.log_markdown("See notes.md\nfor more", "c")
        assert [(event.type, Path(event.path).read_text()) for event in logged()] == [
            ("system.HTML", "<p>text</p>"),
            ("system.HTML", "<p>file</p>"),
            ("system.Markdown", "See notes.md\nfor more"),
        ]

    def test_a_text_that_names_a_missing_file(self, logged):
        with pytest.raises(KfpError) as caught:
            jupyter_kfp.log_markdown("notes.md", "notes")
        assert caught.value.code == "KFP324"


class TestClassification:
    def test_a_confusion_matrix(self, logged):
        jupyter_kfp.log_confusion_matrix(["cat", "dog"], np.array([[3, 1], [0, 4]]))
        (event,) = logged()
        assert event.type == "system.ClassificationMetrics"
        matrix = {
            "annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}],
            "rows": [{"row": [3.0, 1.0]}, {"row": [0.0, 4.0]}],
        }
        assert event.metadata["confusionMatrix"] == matrix
        assert json.loads(Path(event.path).read_text()) == {"confusionMatrix": matrix}

    @pytest.mark.parametrize("matrix", [[[1, 2]], [[1, 2], [3]], [1, 2], [], "ab", [[1, "x"], [2, 3]], None])
    def test_a_matrix_that_does_not_fit(self, logged, matrix):
        with pytest.raises(KfpError) as caught:
            jupyter_kfp.log_confusion_matrix(["a", "b"], matrix)
        assert caught.value.code == "KFP327"

    def test_a_roc_curve_of_scikit_learn(self, logged):
        from sklearn.metrics import roc_curve

        fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        assert np.isinf(thresholds[0])
        jupyter_kfp.log_roc_curve(fpr, tpr, thresholds)
        (event,) = logged()
        points = event.metadata["confidenceMetrics"]
        assert points[0] == {"confidenceThreshold": 1.8, "recall": 0.0, "falsePositiveRate": 0.0}
        assert [point["recall"] for point in points] == list(tpr)

    @pytest.mark.parametrize(
        ("fpr", "tpr", "thresholds"),
        [([0, 1], [0, 1], [1]), ([0, 2], [0, 1], [1, 0]), ([0, 1], [0, 1], [1, float("nan")]), ([], [], []), (1, 1, 1)],
    )
    def test_a_curve_that_is_none(self, logged, fpr, tpr, thresholds):
        with pytest.raises(KfpError) as caught:
            jupyter_kfp.log_roc_curve(fpr, tpr, thresholds)
        assert caught.value.code == "KFP328"


def test_threads_and_forked_children_do_not_mix_lines(logged):
    def write(number):
        for step in range(200):
            jupyter_kfp.log_metric(f"thread {number}", step, step=step)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logged()) == 800


def test_by_hand_nothing_happens_but_mistakes_show(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.txt").write_text("")
    results = [
        jupyter_kfp.log_metric("a", 1),
        jupyter_kfp.log_params(a=1),
        jupyter_kfp.log_artifact("x.txt"),
        jupyter_kfp.log_figure(Chart(), "c"),
        jupyter_kfp.log_html("<p>", "h"),
        jupyter_kfp.log_markdown("#", "m"),
        jupyter_kfp.log_confusion_matrix([1], [[1]]),
        jupyter_kfp.log_roc_curve([0], [0], [1]),
    ]
    assert results == [None] * 8
    assert capfd.readouterr() == ("", "")
    assert [each.name for each in tmp_path.iterdir()] == ["x.txt"]
    with pytest.raises(KfpError):
        jupyter_kfp.log_metric("a", "b")


def test_the_import_is_light():
    code = """
        import sys
        from jupyter_kfp import log_metric
        log_metric("a", 1)
        heavy = {"pandas", "numpy", "matplotlib", "IPython", "cloudpickle", "nbformat", "sqlalchemy", "asyncio"}
        print(sorted(heavy & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
