"""Examples of errors that only a run shows: cells that end in them, and the same mended. For ``explain`` and the docs.

The text is that of `compiler.rule_examples`.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorExample(NamedTuple):
    """A notebook that ends in the error, and one that does not."""

    wrong: str
    right: str


EXAMPLES: dict[str, ErrorExample] = {
    "KFP313": ErrorExample(
        """
# %% tags=["step:squares"]
squares = (n * n for n in range(4))
# %% tags=["step:total"]
print(sum(squares))
""",
        """
# %% tags=["step:squares"]
squares = [n * n for n in range(4)]
# %% tags=["step:total"]
print(sum(squares))
""",
    ),
    "KFP315": ErrorExample(
        """
# %% tags=["step:load"]
import operator
scores = {"ann": [1, 2]}
# %% tags=["step:choose"]
chosen = operator.itemgetter("ann")(scores)
# %% tags=["step:report"]
chosen.append(3)
print(scores)
""",
        """
# %% tags=["step:load"]
import operator
scores = {"ann": [1, 2]}
# %% tags=["step:choose"] kfp={"mutates": ["scores"]}
chosen = operator.itemgetter("ann")(scores)
# %% tags=["step:report"]
chosen.append(3)
print(scores)
""",
    ),
    "KFP316": ErrorExample(
        """
# %% tags=["step:load"]
import heapq
queue = [3, 1, 2]
# %% tags=["step:take"]
smallest = getattr(heapq, "heappop")(queue)
# %% tags=["step:report"]
print(queue, smallest)
""",
        """
# %% tags=["step:load"]
import heapq
queue = [3, 1, 2]
# %% tags=["step:take"] kfp={"mutates": ["queue"]}
smallest = getattr(heapq, "heappop")(queue)
# %% tags=["step:report"]
print(queue, smallest)
""",
    ),
}
