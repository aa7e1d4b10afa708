"""The table itself: that it is complete, and how rarely a notebook is refused that could have been kept."""

from __future__ import annotations

from collections import Counter

import pytest
from issue_phrases import PHRASES
from oracle import compare
from oracle_cases import CASES, REFUSED_CASES, SAME_CASES, notebook_of_text

LEAST_CASES = 150
MOST_AVOIDABLE = 0.15


def test_titles_are_unique_and_the_table_is_long() -> None:
    titles = Counter(map(str, CASES))
    assert not [title for title, count in titles.items() if count > 1]
    assert len(CASES) >= LEAST_CASES
    assert SAME_CASES
    assert REFUSED_CASES


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_of_the_issue_has_a_case(phrase: str) -> None:
    titles = {case.title for case in CASES}
    assert PHRASES[phrase]
    assert not [title for title in PHRASES[phrase] if title not in titles]


def test_a_case_may_have_files_beside_the_notebook() -> None:
    cells, files = notebook_of_text(
        "# %% setup\nimport m\n# %% a after:b\nx = 1\n# file: m.py\ny = 2\n# %% -\nprint(x)"
    )
    assert cells == [("setup", "import m"), ("step:a,after:b", "x = 1"), ("", "print(x)")]
    assert files == {"m.py": "y = 2\n"}


def test_refusals_are_rare(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the notebooks that could be kept, few are refused, while compiling or by the guard."""
    refused: Counter[str] = Counter()
    for case in REFUSED_CASES:
        if case.keepable:
            comparison = compare(case.cells, case.files)
            if not comparison.is_kept:
                refused[case.expected[0].code] += 1
    keepable = len(SAME_CASES) + sum(case.keepable for case in REFUSED_CASES)
    share = refused.total() / keepable
    with capsys.disabled():
        codes = ", ".join(f"{code} {count}" for code, count in refused.most_common())
        print(f"\nof {keepable} notebooks that could be kept, {refused.total()} are refused ({share:.1%}): {codes}")
    assert share <= MOST_AVOIDABLE
