"""Random notebooks that mean something: a few lists, numbers, dictionaries, functions and objects, handed around."""

from __future__ import annotations

import random

LISTS = ("L0", "L1", "L2")
NUMBERS = ("N0", "N1")
DICTS = ("D0",)
FUNCTIONS = ("f", "g")
OBJECTS = ("o", "p")
VARIABLES = (*LISTS, *NUMBERS, *DICTS)


class ProgramWriter:
    """Writes cells; `choose` is the only source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def cells(self) -> list[tuple[str, str]]:
        """Cells of 2 to 6 steps, then one that prints everything."""
        cells = [("setup", self._setup())]
        steps = self._chance.randint(2, 6)
        for position in range(steps):
            name = f"s{position}"
            for _ in range(self._chance.choice((1, 1, 2))):
                lines = self._start() if len(cells) == 1 else []
                for _ in range(self._chance.randint(1, 4)):
                    lines += self._statement(0)
                cells.append((f"step:{name}", "\n".join(lines)))
        cells.append(("step:last", "\n".join(self._probe(name) for name in VARIABLES)))
        return cells

    def _setup(self) -> str:
        return "\n".join(
            [
                "shared = []",
                "class C:",
                "    kept = 0",
                "    def __init__(self, v): self.v = v",
                "    def look(self): return (self.v, N0)",
                "    def put(self, x): self.v.append(x)",
                "    def __repr__(self): return f'C({self.v!r})'",
                "def setup_fill(target): target.append(len(target))",
                "def setup_read(): return N1 + len(L0)",
            ]
        )

    def _start(self) -> list[str]:
        values = ["L0, L1, L2 = [1], [2, 3], []", "N0, N1 = 1, 2", "D0 = {'k': L0}"]
        return [*values, *self._define("f"), *self._define("g"), "o = C([0])", "p = o"]

    def _probe(self, name: str) -> str:
        return f"try:\n    print('{name}', {name})\nexcept NameError:\n    print('{name} unbound')"

    def _one(self, *options: str) -> str:
        return self._chance.choice(options)

    def _list(self) -> str:
        return self._one(*LISTS)

    def _number(self) -> str:
        return self._one(*NUMBERS, "1", "2")

    def _define(self, name: str) -> list[str]:
        body = self._one(
            f"return {self._one(*NUMBERS)} + len({self._list()})",
            f"global N0; N0 = N0 + {self._number()}; return N0",
            f"{self._list()}.append(5); return 1",
            f"inner = {self._list()}; inner.append(6); return inner[-1]",
            f"return [{self._one(*NUMBERS)} for N0 in range(2)][-1]",
            f"return setup_read() + {self._number()}",
            f"return D0.get('k', [7])[0] if {self._one(*NUMBERS)} else 8",
            f"N1 = {self._number()}; return N1",
        )
        return [f"def {name}():", f"    {body}"]

    def _statement(self, depth: int) -> list[str]:
        if depth < 2 and self._chance.random() < 0.25:
            return self._compound(depth)
        if self._chance.random() < 0.15:
            return [f"print({self._one(*VARIABLES, 'f()', 'o', 'p.look()', 'shared', 'C.kept')})"]
        return self._simple()

    def _simple(self) -> list[str]:
        a, b, n = self._list(), self._list(), self._one(*NUMBERS)
        return self._chance.choice([
            [f"{a} = {b}"],
            [f"{a} = [{self._number()}, {self._number()}]"],
            [f"{a} = list({b})"],
            [f"{a} = [x for x in {b}]"],
            [f"{a} = {b} + [{n}]"],
            [f"{a}.append({self._number()})"],
            [f"{a} += [{n}]"],
            [f"{a}.extend([9])"],
            [f"{a}[:1] = [{n}]"],
            [f"setup_fill({a})"],
            [f"[{a}.append(x) for x in range(2)]"],
            [f"{a} = D0.setdefault('k', [])"],
            [f"D0['k'] = {a}"],
            ["D0 = {}"],
            [f"D0['n'] = {n}"],
            [f"D0.get('k', []).append({n})"],
            [f"{n} = {self._number()} + 1"],
            [f"{n} += {self._number()}"],
            [f"{n} = {self._chance.randint(0, 9)}"],
            [f"{n} = len({a})"],
            [f"{n} = {self._one(*FUNCTIONS)}()"],
            [f"{self._one(*FUNCTIONS)}()"],
            ["f = g"],
            [f"g = lambda: {n} + 1"],
            self._define(self._one(*FUNCTIONS)),
            [f"o = C({a})"],
            ["p = o"],
            [f"o.put({n})"],
            [f"o.v = {a}"],
            [f"{a} = p.v"],
            ["put = o.put", f"put({n})"],
            [f"shared.append({n})"],
            ["C.kept += 1"],
            [f"if (w := {n}) > 2: {a}.append(w)"],
            [f"a_tuple = ({a}, {n})", f"{b} = a_tuple[0]"],
            [f"{a}, {b} = {b}, {a}"],
            [f"del {self._one(n, a)}", f"{n} = 0", f"{a} = [0]"],
        ])  # fmt: skip

    def _compound(self, depth: int) -> list[str]:
        def inner() -> list[str]:
            lines = self._statement(depth + 1) + (self._statement(depth + 1) if self._chance.random() < 0.3 else [])
            return [f"    {line}" for line in lines]

        def indented(lines: list[str]) -> list[str]:
            return [f"    {line}" for line in lines]

        n, a = self._one(*NUMBERS), self._list()
        return self._chance.choice([
            lambda: [f"if {n} > {self._chance.randint(0, 5)}:", *inner()],
            lambda: [f"if {n} % 2:", *inner(), "else:", *inner()],
            lambda: [f"for i in range({self._chance.randint(0, 3)}):", *inner()],
            lambda: [f"for item in list({a})[:3]:", *inner()],
            lambda: ["try:", f"    {n} = [1, 2][{n}]", "except IndexError as failure:", *inner()],
            lambda: ["while True:", *inner(), "    break"],
            lambda: [f"match {n}:", *indented(["case 1:", *inner(), "case other:", f"    {a}.append(other)"])],
        ])()  # fmt: skip
