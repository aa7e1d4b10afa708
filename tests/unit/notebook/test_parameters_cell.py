from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell
from papermill.translators import PythonTranslator

from jupyter_kfp.notebook.diagnostic import Diagnostic
from jupyter_kfp.notebook.literals import LARGEST_INTEGER
from jupyter_kfp.notebook.notebook import NotebookCell
from jupyter_kfp.notebook.parameters_cell import NotebookParameter, read_parameters

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def read(*sources: str) -> tuple[list[NotebookParameter], list[Diagnostic]]:
    return read_parameters([
        NotebookCell(number=number, id=f"c{number}", cell_type="code", source=source)
        for number, source in enumerate(sources, start=2)
    ])  # fmt: skip


def one(source: str) -> NotebookParameter:
    (parameter,), diagnostics = read(source)
    assert diagnostics == []
    return parameter


@pytest.mark.parametrize(
    ("source", "parameter_type", "default"),
    [
        ("x = 1", "NUMBER_INTEGER", 1), ("x = -1", "NUMBER_INTEGER", -1), ("x = +1", "NUMBER_INTEGER", 1),
        ("x = 1.5", "NUMBER_DOUBLE", 1.5), ("x = -1e-3", "NUMBER_DOUBLE", -0.001), ("x = 'a'", "STRING", "a"),
        ("x = 'a' 'b'", "STRING", "ab"), ("x = ('a'\n     'b')", "STRING", "ab"), ("x = '''a\nb'''", "STRING", "a\nb"),
        ("x = r'\\d'", "STRING", "\\d"), ("x = True", "BOOLEAN", True), ("x = not True", "BOOLEAN", False),
        ("x = None", "STRING", None), ("x = [1, -2,\n  'a', None]", "LIST", [1, -2, "a", None]), ("x = []", "LIST", []),
        ("x = {'a': {'b': [1.5]}}", "STRUCT", {"a": {"b": [1.5]}}), ("x = {}", "STRUCT", {}),
        ("x = 60 * 60", "NUMBER_INTEGER", 3600), ("x = 2**20", "NUMBER_INTEGER", 2**20),
        ("x = 1 / 4", "NUMBER_DOUBLE", 0.25),
        ("x = 0x10", "NUMBER_INTEGER", 16), ("x = 1_000", "NUMBER_INTEGER", 1000),
        ("x = 2**53", "NUMBER_INTEGER", 2**53),
        ("x: float = 1", "NUMBER_DOUBLE", 1.0), ("x: 'float' = 1.5", "NUMBER_DOUBLE", 1.5),
        ("x: int = 3", "NUMBER_INTEGER", 3),
        ("x: Optional[int] = None", "NUMBER_INTEGER", None), ("x: int | None = None", "NUMBER_INTEGER", None),
        ("x: typing.Union[None, int] = 2", "NUMBER_INTEGER", 2), ("x: 'int | None' = None", "NUMBER_INTEGER", None),
        ("x: list[str] = ['a']", "LIST", ["a"]), ("x: List[int] = None", "LIST", None), ("x: dict = {}", "STRUCT", {}),
        ("x: Dict[str, int] = {'a': 1}", "STRUCT", {"a": 1}), ("x: bool = False", "BOOLEAN", False),
        ("x: int | float = 1", "NUMBER_DOUBLE", 1.0), ("x: Literal['a', 'b'] = 'a'", "STRING", "a"),
        ("x: Final[int] = 1", "NUMBER_INTEGER", 1), ("x: Annotated[float, 'unit'] = 1", "NUMBER_DOUBLE", 1.0),
        ("x: Any = 1", "NUMBER_INTEGER", 1), ("x: SomeClass = 'a'", "STRING", "a"), ("x: str = None", "STRING", None),
        ("x = 1  # type: float", "NUMBER_DOUBLE", 1.0),
        ("x = None  # type: Optional[int]  count", "NUMBER_INTEGER", None),
    ],
)  # fmt: skip
def test_types_and_defaults(source: str, parameter_type: str, default: Any) -> None:
    parameter = one(source)
    assert (parameter.name, parameter.parameter_type, parameter.default) == ("x", parameter_type, default)
    assert type(parameter.default) is type(default)
    assert (parameter.optional, parameter.cell, parameter.line) == (True, 2, 1)


def test_a_declaration_without_a_value_must_be_given() -> None:
    parameter = one("x: int  # how many")
    assert not parameter.has_default
    assert (parameter.optional, parameter.parameter_type, parameter.description) == (
        False,
        "NUMBER_INTEGER",
        "how many",
    )
    assert one("x: Optional[int]").optional


@pytest.mark.parametrize(
    ("source", "description"),
    [
        ("x = 1  # how many", "how many"),
        ("x = 1  # type: int  how many", "how many"),
        ("x = 1  # type: int", ""),
        ("# above\nx = 1\n# below", ""),
        ("x = [\n  1,  # one\n  2,\n]  # the list", "the list"),
        ("x = [  # the list\n  1,\n]", "the list"),
        ("x = '# no comment'", ""),
        ("x = 1  # " + "d" * 2000, "d" * 1024),
    ],
)
def test_the_comment_on_the_last_line_describes(source: str, description: str) -> None:
    assert one(source).description == description


def test_several_parameters_in_order() -> None:
    parameters, diagnostics = read('"""Doc."""\n\na = b = 1\nc, d = 2, "e"\npass\n', "größe = 1.5\nﬁt = 2")
    assert diagnostics == []
    assert [(parameter.name, parameter.default) for parameter in parameters] == [
        ("a", 1), ("b", 1), ("c", 2), ("d", "e"), ("größe", 1.5), ("fit", 2),
    ]  # fmt: skip
    assert [(parameter.cell, parameter.line) for parameter in parameters][-2:] == [(3, 1), (3, 2)]


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        ("x = y + 1", "KFP116", ["x = y + 1"]), ("x = f()", "KFP116", ["f()"]), ("x = f'{a}'", "KFP116", ["x ="]),
        ("import os", "KFP116", ["import os"]), ("print(1)", "KFP116", ["print(1)"]), ("x += 1", "KFP116", ["x += 1"]),
        ("def f():\n  return 1", "KFP116", ["def f"]), ("if a:\n  x = 1", "KFP116", ["if a"]),
        ("del x", "KFP116", ["del x"]),
        ("a.b = 1", "KFP116", ["a.b"]), ("a, b = c", "KFP116", ["c"]), ("x = [y]", "KFP116", ["[y]"]),
        ("x = {**y}", "KFP116", ["x ="]), ("x = 2 ** 1000", "KFP116", ["x ="]), ("x = 1 / 0", "KFP116", ["x ="]),
        ("x = True + 1", "KFP116", ["x ="]), ("x = 'a' * 3", "KFP116", ["x ="]),
        ("x = float('nan')", "KFP116", ["float"]),
        ("%matplotlib inline", "KFP116", ["%matplotlib"]), ("!ls", "KFP116", ["!ls"]),
        ("x = (", "KFP116", ["never closed"]),
        ("x = 2**53 + 1", "KFP117", ["2^53"]), ("x = [9007199254740993]", "KFP117", ["2^53"]),
        ("x = 1e999", "KFP117", ["finite"]),
        ("x = -1e999", "KFP117", ["finite"]), ("x = {1}", "KFP117", ["set"]), ("x = b'a'", "KFP117", ["bytes"]),
        ("x = 1j", "KFP117", ["complex"]), ("x = 1 + 2j", "KFP117", ["complex"]), ("x = ...", "KFP117", ["ellipsis"]),
        ("x = {1: 2}", "KFP117", ["key 1"]), ("x = '\\ud800'", "KFP117", ["surrogate"]),
        ("x: int = 1.5", "KFP120", ["an int", "1.5"]), ("x: str = 1", "KFP120", ["a str"]),
        ("x: bool = 1", "KFP120", ["a bool"]),
        ("x: int = True", "KFP120", ["an int"]), ("x: list = {}", "KFP120", ["a list"]),
        ("x = 'a'  # type: int", "KFP120", []),
    ],
)  # fmt: skip
def test_what_is_no_parameter(source: str, code: str, words: list[str]) -> None:
    parameters, diagnostics = read("ok = 1\n" + source)
    assert [parameter.name for parameter in parameters if parameter.has_default and parameter.name != "ok"] == []
    (diagnostic,) = diagnostics
    assert (diagnostic.code, diagnostic.severity.value, diagnostic.cell) == (code, "error", 2)
    assert diagnostic.line == 2
    for word in words:
        assert word in diagnostic.message


def test_a_tuple_becomes_a_list_with_a_warning() -> None:
    (parameter,), (diagnostic,) = read("x = [(1, 2)]")
    assert (parameter.parameter_type, parameter.default) == ("LIST", [[1, 2]])
    assert (diagnostic.code, diagnostic.severity.value, diagnostic.variable) == ("KFP119", "warning", "x")


def test_a_parameter_that_is_set_twice_keeps_its_last_value() -> None:
    (parameter,), (diagnostic,) = read("x = 1", "\nx = 2")
    assert parameter.default == 2
    assert (diagnostic.code, diagnostic.cell, diagnostic.line) == ("KFP121", 3, 2)


@pytest.mark.parametrize(
    "source", ["a = 1", "a: int = 1  # help", "a = 'x'  # type: str  help me", "a=1.5\nb: bool=True  # h"]
)
def test_papermill_infers_the_same(source: str) -> None:
    theirs = PythonTranslator.inspect(new_code_cell(source))
    parameters, _ = read(source)
    assert [parameter.name for parameter in parameters] == [parameter.name for parameter in theirs]
    assert [parameter.description for parameter in parameters] == [parameter.help for parameter in theirs]
    words = {"int": "NUMBER_INTEGER", "str": "STRING", "bool": "BOOLEAN"}
    for mine, their in zip(parameters, theirs, strict=True):
        assert words.get(their.inferred_type_name, mine.parameter_type) == mine.parameter_type


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@UNHURRIED
@given(json_values)
def test_json_values_come_back_from_their_repr(value: Any) -> None:
    parameter = one(f"x = {value!r}")
    assert repr(parameter.default) == repr(value)
    assert msgspec.json.decode(msgspec.json.encode(parameter.default)) == json.loads(json.dumps(value))


@UNHURRIED
@given(json_values)
def test_what_papermill_writes_is_read_back(value: Any) -> None:
    injected = PythonTranslator.codify({"x": value})
    assert one(injected).default == value
