"""Random programs: their pipelines do what they do, or somebody says why not."""

from __future__ import annotations

import judgement
import oracle
import pytest
from hypothesis import Phase, given, settings
from judgement import Judgement, Tally, judge
from oracle_cases import TaggedCell, cells_of
from random_programs import programs, text_of

PROGRAMS = 150
"""`make fuzz` runs as many as asked for."""
MOST_REFUSED = 0.25


def test_no_silent_difference(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()

    @settings(max_examples=PROGRAMS, deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    @given(programs())
    def run(cells: list[TaggedCell]) -> None:
        end = judge(cells)
        tally.add(end)
        assert end.kind != "different", text_of(cells) + "".join(f"\n# {one}" for one in end.differences)

    run()
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.kinds["equal"] > PROGRAMS / 2
    assert tally.refusal_rate <= MOST_REFUSED


@pytest.mark.parametrize(
    ("kind", "codes", "text"),
    [
        ("equal", (), "# %% a\nx = [1]\n# %% b\nprint(x)"),
        ("refused", ("KFP130",), "# %% a\nprint(y)"),
        ("stopped", ("KFP313",), "# %% a\nx = (i for i in [1])\n# %% b\nprint(next(x))"),
        ("warned", ("KFP129",), "# %% a\nx = 1\n# %% b\n%reset -f\n# %% c\nprint('x' in globals())"),
    ],
)
def test_judges_tell_how_a_program_ends(kind: str, codes: tuple[str, ...], text: str) -> None:
    end = judge(cells_of(text))
    assert (end.kind, end.codes) == (kind, codes), end


def test_a_difference_and_a_crash_of_the_compiler_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = cells_of("# %% a\nx = [1]\n# %% b\nprint(x)")
    comparison = judgement.compare(cells)
    assert comparison.pipeline is not None
    comparison.pipeline.printed[2] = [("b", "[2]")]
    monkeypatch.setattr(judgement, "compare", lambda _: comparison)
    assert judge(cells).kind == "different"
    monkeypatch.undo()
    monkeypatch.setattr(oracle, "compile_notebook", lambda _: 1 / 0)
    assert judge(cells).differences == ("the compiler raises ZeroDivisionError: division by zero",)


def test_a_tally_adds_up() -> None:
    one, other = Tally(), Tally()
    one.add(Judgement("equal"))
    other.add(Judgement("refused", ("KFP134",)))
    both = one + other
    assert both.total == 2
    assert both.refusal_rate == 0.5
    assert "KFP134 1" in str(both)
