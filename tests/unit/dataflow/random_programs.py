"""Random notebooks that mean something, as hypothesis strategies: what they draw is made smaller when it fails."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from oracle_cases import TaggedCell
from statements import COMPOUND, DEFINITIONS, LATER_SETUP, MAYBE_PARAMETER, MAYBE_SETUP, NAMES, SETUP_ONLY, SIMPLE

MAX_STEPS = 7
_PLACE = re.compile(r"<(\w+)>")
_WORD = re.compile(r"\b[A-Za-z_]\w*\b(?!')")
_CALLED = ("f", "g", "up")
_BY_THE_WAY = {"first", "last", "w", "i", "item", "key", "pair", "column", "other"}
"""Names that some lines bind."""
_TRY = "try:\n    print('{0}', {0})\nexcept {1} as e:\n    print('{0}', type(e))"


@st.composite
def _statement(draw: st.DrawFn, depth: int = 0) -> str:
    compound = depth < 2 and draw(st.integers(0, 5)) == 5
    text = draw(st.sampled_from(COMPOUND if compound else SIMPLE))

    def fill(place: re.Match[str]) -> str:
        if place[1] != "body":
            return str(draw(st.sampled_from(NAMES[place[1]])))
        return _indented(draw(st.lists(_statement(depth + 1), min_size=1, max_size=2)))

    return _PLACE.sub(fill, text)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for text in lines for line in text.split("\n"))


_cell = st.lists(_statement(), min_size=1, max_size=4).map("\n".join)
_step = st.lists(_cell, min_size=1, max_size=2)


@st.composite
def programs(draw: st.DrawFn) -> list[TaggedCell]:
    """Cells of 2 to 8 steps, the last of which prints all variables; before them what the program uses is defined."""
    steps = draw(st.lists(_step, min_size=1, max_size=MAX_STEPS))
    cells = [(f"step:s{number}", source) for number, step in enumerate(steps) for source in step]
    again, later_setup = draw(st.integers(0, 9)) == 9, draw(st.integers(0, 9)) == 9
    if again:  # the first step goes on below the others
        cells.append(("step:s0", draw(_cell)))
    if later_setup:
        cells.insert(draw(st.integers(0, len(cells))), ("setup", draw(st.sampled_from(LATER_SETUP))))
    used = _used(source for _, source in cells)
    in_setup = draw(st.sets(st.sampled_from(MAYBE_SETUP))) | set(SETUP_ONLY)
    in_setup |= {"C"} if "K" in in_setup else set()
    parameters = draw(st.sets(st.sampled_from(MAYBE_PARAMETER))) - in_setup
    start = [DEFINITIONS[name] for name in used if name not in in_setup | parameters]
    head: list[TaggedCell] = [
        ("parameters", "\n".join(DEFINITIONS[name] for name in used if name in parameters)),
        ("setup", "\n".join(DEFINITIONS[name] for name in used if name in in_setup)),
        ("step:s0", "\n".join(start)),
    ]
    return [(tags, source) for tags, source in (*head, *cells, ("step:last", _probes(used, cells))) if source]


def _used(sources: Iterable[str]) -> list[str]:
    """Names that have to be defined, in the order of their definitions."""
    found: set[str] = set()
    waiting = [word for source in sources for word in _WORD.findall(source)]
    while waiting:
        name = waiting.pop()
        if name in DEFINITIONS and name not in found:
            found.add(name)
            waiting += _WORD.findall(DEFINITIONS[name])
    order = list(DEFINITIONS)
    return sorted(found, key=lambda name: (name not in SETUP_ONLY, order.index(name)))


def _probes(used: Iterable[str], cells: Iterable[TaggedCell]) -> str:
    """Print what all variables are in the end, and what the functions give."""
    values = [name for name in used if DEFINITIONS[name].startswith(f"{name} =")]
    lines = [f"print({name!r}, {name})" for name in values]
    lines += [_TRY.format(name, "NameError") for name in sorted(_words(cells) & _BY_THE_WAY)]
    lines += [_TRY.format(f"{name}()", "Exception") for name in used if name in _CALLED]
    return "\n".join(lines) or "pass"


def _words(cells: Iterable[TaggedCell]) -> set[str]:
    return {word for _, source in cells for word in _WORD.findall(source)}


def text_of(cells: Iterable[TaggedCell]) -> str:
    """As the table has it, to be pasted there."""
    return "\n".join(f"# %% {tags.replace('step:', '') or '-'}\n{source}" for tags, source in cells)


def sample(count: int) -> list[list[TaggedCell]]:
    """Some programs, always the same."""
    found: list[list[TaggedCell]] = []

    @seed(0)
    @settings(max_examples=count, database=None, phases=[Phase.generate])
    @given(programs())
    def take(cells: list[TaggedCell]) -> None:
        found.append(cells)

    take()
    return found
