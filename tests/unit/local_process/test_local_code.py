"""Code of a container's image that lies beside the pipeline."""

from __future__ import annotations

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.containerized_component import component_module, with_sdk
from jupyter_kfp.executors.local_process.local_code import code_digest, find_local_code
from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages

COMPONENT = ["python3", "-m", "kfp.dsl.executor_main", "--executor_input", "{{$}}", "--function_to_execute", "train"]


def test_a_script_beside_the_pipeline_runs_in_a_folder_of_its_own(bench) -> None:
    (bench.folder / "train.py").write_text("import os, beside; print(beside.x, os.listdir())")
    (bench.folder / "beside.py").write_text("x = 7")
    task = bench.task("t", "python", "train.py")
    bench.good(task)
    assert bench.log(task) == "7 []\n"


def test_a_module_beside_the_pipeline(bench) -> None:
    (bench.folder / "pack").mkdir()
    (bench.folder / "pack" / "__init__.py").touch()
    (bench.folder / "pack" / "main.py").write_text("print('in the package')")
    task = bench.task("t", "python3", "-m", "pack.main")
    bench.good(task)
    assert bench.log(task) == "in the package\n"


def test_a_containerised_component_is_found_by_its_function(bench) -> None:
    source = "from kfp import dsl\n@dsl.component(target_image='x')\ndef train(): ...\n"
    (bench.folder / "other.py").write_text(source.replace("train", "test"))
    (bench.folder / "broken.py").write_text("def train(:")
    with pytest.raises(KfpError, match="no file of"):
        component_module("t", COMPONENT, str(bench.folder))
    (bench.folder / "mine.py").write_text(source)
    code = find_local_code("t", COMPONENT, str(bench.folder))
    assert code.words == [*COMPONENT, "--component_module_path", str(bench.folder / "mine.py")]
    assert code.folder == str(bench.folder)
    (bench.folder / "again.py").write_text(source)
    with pytest.raises(KfpError, match=r"again\.py, mine\.py"):
        component_module("t", COMPONENT, str(bench.folder))
    (bench.folder / "kfp_config.ini").touch()
    assert component_module("t", COMPONENT, str(bench.folder)) is None


@pytest.mark.parametrize("words", [["python", "train.py"], ["python", "-m", "train"], COMPONENT])
def test_a_change_of_such_code_is_seen(bench, words) -> None:
    (bench.folder / "train.py").write_text("1")
    before = code_digest(words, str(bench.folder))
    assert before == code_digest(words, str(bench.folder)) != ""
    (bench.folder / "beside.py").write_text("2")
    assert code_digest(words, str(bench.folder)) != before


@pytest.mark.parametrize(
    "words", [[], ["echo", "train.py"], ["sh", "-c", "x" * 5000], ["python3", "-c", "import train"]]
)
def test_other_commands_have_all_their_code(bench, words) -> None:
    (bench.folder / "train.py").write_text("1")
    assert code_digest(words, str(bench.folder)) == ""


def test_the_sdk_is_there_where_an_image_would_have_it() -> None:
    lightweight = ["sh", "-ec", "python3 -m kfp.dsl.executor_main --component_module_path x", "def f(): ..."]
    for words in (COMPONENT, lightweight):
        assert with_sdk(WantedPackages(), words) == WantedPackages((("kfp",),), inherit=True)
        six = WantedPackages((("--quiet", "six"),))
        assert with_sdk(six, words).calls == (("--quiet", "six"), ("kfp",))
    for name in ("kfp", "kfp==2.17.0", "kfp[all]>=2"):
        with_kfp = WantedPackages(((name, "--no-deps"),))
        assert with_sdk(with_kfp, lightweight) == with_kfp
    assert with_sdk(WantedPackages((("kfp-kubernetes",),)), lightweight).calls[1:] == (("kfp",),)
    assert not with_sdk(WantedPackages(), ["echo", "kfp"])
