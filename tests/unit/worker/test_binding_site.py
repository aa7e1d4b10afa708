import pytest

from jupyter_kfp.spec.step_payload import Cell
from jupyter_kfp.worker.binding_site import binding_site


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (["x = 1\ny = x", "print(x)"], (1, 1, "x = 1")),
        (["x = 1", "if y:\n    x = 2"], (2, 2, "x = 2")),
        (["a, *x = y"], (1, 1, "a, *x = y")),
        (["for x in y:\n    pass"], (1, 1, "for x in y:")),
        (["def x():\n    pass"], (1, 1, "def x():")),
        (["def f():\n    x = 1"], None),
        (["f = lambda: (x := 1)"], None),
        (["x.append(1)"], None),
        (["x = 1", "what is this"], (1, 1, "x = 1")),
    ],
)
def test_the_last_line_that_binds_a_variable(sources, found):
    cells = [Cell(number=number, source=source) for number, source in enumerate(sources, start=1)]
    assert binding_site(cells, "x", str) == found
