"""What the warm process loads for the steps of a pipeline."""

from jupyter_kfp.executors.local_process.fork_safety import SAFE_TO_PRELOAD
from jupyter_kfp.executors.local_process.preload import modules_worth_preloading


def test_only_what_several_steps_import_is_loaded_ahead() -> None:
    steps = [["pandas", "sklearn"], ["pandas", "matplotlib", "os"], ["numpy", "matplotlib"]]
    assert modules_worth_preloading(steps) == ("pandas",)


def test_a_library_comes_with_its_slow_parts() -> None:
    assert modules_worth_preloading([["sklearn"], ["sklearn"]]) == ("sklearn.ensemble", "sklearn.linear_model")


def test_all_of_it_survives_a_fork() -> None:
    everything = ["numpy", "pandas", "scipy", "sklearn", "statsmodels"]
    assert set(modules_worth_preloading([everything, everything])) <= SAFE_TO_PRELOAD


def test_foreign_and_threaded_libraries_are_left_to_the_step() -> None:
    assert modules_worth_preloading([["torch", "polars", "mymodule"]] * 3) == ()
