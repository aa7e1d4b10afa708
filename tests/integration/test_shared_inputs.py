"""Outputs that share objects with inputs: fine while nobody changes them, else the notebook's own answer."""

from __future__ import annotations

from typing import Any

import pytest

LOAD = ("step:load", "from sklearn.datasets import load_iris\niris = load_iris()")
SPLIT = ("step:split", "X, y = iris.data, iris.target\nprint(X.shape)")
USE = ("step:use", "print(X.sum().round(1), list(iris.target_names)[0], iris.data[0, 0])")


def logs(result: dict[str, Any]) -> list[str]:
    assert result["state"] == "SUCCEEDED", result
    return [task["log"] for task in result["tasks"].values()]


def test_a_part_of_an_input_that_nobody_changes(kfp: Any, make_notebook: Any) -> None:
    result = kfp.json("run", make_notebook(LOAD, SPLIT, USE))
    assert logs(result) == ["", "(150, 4)\n", "2078.7 setosa 5.1\n"]


@pytest.mark.parametrize("change", ["X[0, 0] = 100", "iris.data[0, 0] = 100"])
def test_a_part_of_an_input_that_is_changed_later(kfp: Any, make_notebook: Any, change: str) -> None:
    result = kfp.json("run", make_notebook(LOAD, SPLIT, ("step:change", change), USE))
    assert logs(result)[-1] == "2173.6 setosa 100.0\n"
