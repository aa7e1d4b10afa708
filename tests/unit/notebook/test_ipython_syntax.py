from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell

from jupyter_kfp.notebook.ipython_syntax import Magic, PythonSource, to_python

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def names(source: PythonSource, context: type[ast.expr_context]) -> list[str]:
    assert source.tree is not None, source.syntax_error
    found = [node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)]
    return sorted(set(found) - {"get_ipython"})


def magic(source: str) -> Magic:
    (only,) = to_python(source).magics
    return only


@pytest.mark.parametrize(
    "source", ["", "x = 1", "x = 1\n\n# c\n", "'''\n%x\n!y\n'''", "x = (1\n%3)", "...", "a = b\\\n%c"]
)
def test_plain_python_stays_as_it_is(source: str) -> None:
    python = to_python(source)
    assert python.text == source
    assert (python.magics, python.shell_names, python.is_async, python.origins) == ([], [], False, None)
    assert python.tree is not None


@pytest.mark.parametrize(
    ("source", "stores", "loads"),
    [
        ("%matplotlib inline\nx = y", ["x"], ["y"]),
        ("files = !ls\nx = files", ["files", "x"], ["files"]),
        ("x = %who_ls", ["x"], []),
        ("größe = !ls", ["größe"], []),
        ("a[0] = !ls", [], ["a"]),
        ("%time x = f(y)", ["x"], ["f", "y"]),
        ("%time f(y)", [], ["f", "y"]),
        ("x = %time f(y)", ["x"], ["f", "y"]),
        ("%prun -l 3 -s cumtime x = f(y)", ["x"], ["f", "y"]),
        ("%timeit -n 3 -r2 f(y)", [], ["f", "y"]),
        ("r = %timeit -o f(y)", ["r"], ["f", "y"]),
        ("%%time\nx = y", ["x"], ["y"]),
        ("%%capture out\nx = y", ["out", "x"], ["y"]),
        ("%%capture --no-stderr out\nx = y", ["out", "x"], ["y"]),
        ("%%capture\nx = y", ["x"], ["y"]),
        ("%%bash --out a --err b\necho x = y", ["a", "b"], []),
        ("%%sh\nx = y", [], []),
        ("%%html\n<b>", [], []),
        ("%%writefile a.py\nx = y", [], []),
        ("%%javascript\nvar x = y", [], []),
        ("%%kfp step train --cpu 2\nx = y", ["x"], ["y"]),
        ("%%R -i df,k -o res\nx <- y", ["res"], ["df", "k"]),
        ("%R -i df -o res x", ["res"], ["df"]),
        ("%%bigquery df --project p\nselect 1", ["df"], []),
        ("%%sql res <<\nselect 1", ["res"], []),
        ("%aimport os.path, sys", ["os", "sys"], []),
        ("%%capture a\n%%time\nx = y", ["a", "x"], ["y"]),
        (",f a b", [], ["f"]),
        (";f a b", [], ["f"]),
        ("/f a b", [], ["a", "b", "f"]),
        ("x?\ny = 1", ["y"], []),
        ("?x", [], []),
        ("x.y??", [], []),
        (">>> x = 1\n>>> y = x", ["x", "y"], ["x"]),
        ("In [1]: x = y", ["x"], ["y"]),
        ("  x = 1\n  y = x", ["x", "y"], ["x"]),
        ("for f in g:\n    !cat $f\n    z = 1", ["f", "z"], ["g"]),
        ("pip install pandas", [], []),
        ("cd ..", [], []),
        ("!!ls", [], []),
        ("s = '''\n%no\n'''\n%cd x", ["s"], []),
        ("!ls \\\n  -l\nx = 1", ["x"], []),
    ],
)
def test_names_that_are_set_and_read(source: str, stores: list[str], loads: list[str]) -> None:
    python = to_python(source)
    assert names(python, ast.Store) == stores
    assert names(python, ast.Load) == loads
    assert all(found.known for found in python.magics)


def test_what_timeit_sets_stays_inside() -> None:
    for source in ("%timeit x = f(y)", "%%timeit a = 1\nx = f(y)\nif x:\n    z = a"):
        python = to_python(source)
        assert python.tree is not None
        bound = [node.name for node in python.tree.body if isinstance(node, ast.FunctionDef)]
        assert bound == ["_kfp_timeit"]
        assert not any(isinstance(node, ast.Assign) for node in python.tree.body)


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    made = InteractiveShell(history_manager=None)
    made.run_line_magic("load_ext", "autoreload")
    yield made
    made.restore_sys_module_state()


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "x = !echo a",
        "%time x = 1",
        "%time 1 + 1",
        "x = %time 1 + 1",
        "%timeit -n 1 -r 1 x = 1",
        "x = %timeit -n 1 -r 1 -o -q 1",
        "%%time\nx = 1",
        "%%timeit -n 1 -r 1 y = 1\nx = y",
        "%%capture out\nx = 1\nprint(x)",
        "%%capture\nx = 1",
        "%%bash --out a --err b\necho x",
        "%%capture a\n%%time\nx = 1",
        "%prun -q x = 1",
        "%aimport json",
        "for f in [1]:\n    z = !echo $f",
        "x = 1\n%xdel x",
        "  x = 1\n  y = x",
        ">>> x = 1",
        "In [1]: x = 1",
        ";str a b",
        "%%html\n<b>",
        "x = await __import__('asyncio').sleep(0, 1)",
    ],
)
def test_names_are_set_as_ipython_sets_them(
    source: str, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = {"a", "b", "f", "out", "json", "x", "y", "z"}
    for name in ours:
        shell.user_ns.pop(name, None)
    shell.run_cell(source).raise_error()
    python = to_python(source)
    assert python.tree is not None
    python.tree.body = [node for node in python.tree.body if not isinstance(node, ast.FunctionDef)]
    assert set(names(python, ast.Store)) - set(names(python, ast.Del)) == ours & set(shell.user_ns)


def test_xdel_deletes() -> None:
    assert names(to_python("%xdel x"), ast.Del) == ["x"]
    assert magic("%xdel -n x").deletes == ("x",)


def test_capture_binds_after_its_body() -> None:
    python = to_python("%%capture out\nprint(out)\n")
    assert python.tree is not None
    first, last = python.tree.body
    assert isinstance(first, ast.Expr)
    assert isinstance(last, ast.Assign)
    assert python.line_of(last.lineno) == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%cd $x", Magic(kind="line", name="cd", text="$x", line=1)),
        ("\n!ls {x}", Magic(kind="shell", name="", text="ls {x}", line=2)),
        ("y = 1\nz = !ls", Magic(kind="shell", name="", text="ls", line=2, assigned_to="z")),
        ("z.a = %time f()", Magic(kind="line", name="time", text="f()", line=1, assigned_to="z.a")),
        ("%%capture out\n1", Magic(kind="cell", name="capture", text="out", line=1, binds=("out",))),
        ("%%px\nx", Magic(kind="cell", name="px", text="", line=1, known=False)),
        ("%run other.py", Magic(kind="line", name="run", text="other.py", line=1)),
        ("%reset -f", Magic(kind="line", name="reset", text="-f", line=1, known=False)),
        ("x?", Magic(kind="help", name="", text="x", line=1)),
        ("%%time?", Magic(kind="help", name="", text="%%time", line=1)),
        ("pip install x", Magic(kind="line", name="pip", text="install x", line=1)),
        ("print(1)\n%%time\nx", Magic(kind="line", name="%time", text="", line=2, known=False)),
    ],
)
def test_what_is_told_of_a_magic(source: str, expected: Magic) -> None:
    assert magic(source) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("!echo $x {y} {z.a + len(w)} {v[1:2]}", ["x", "y", "z", "len", "w", "v"]),
        ("!echo $$x $HOME", ["HOME"]),
        ("!awk '{print $1}' file", []),
        ("!echo {", []),
        ("%cd {x}", ["x"]),
        ("a = !ls {x}", ["x"]),
        ("%%writefile {x}.py\n{y}", ["x"]),
        ("%time f('{x}')", []),
    ],
)
def test_names_in_command_lines(command: str, expected: list[str]) -> None:
    assert sorted(name.name for name in to_python(command).shell_names) == sorted(expected)


def test_lines_keep_their_numbers() -> None:
    source = "%cd x\n!ls \\\n  -l \\\n  -a\ny = 1\nif y:\n    !ls\n    %time z = 1\n    a = z\n\nb = 2  # end"
    python = to_python(source)
    assert python.tree is not None
    assert python.origins is None
    lines = {name: node.lineno for node in ast.walk(python.tree) if isinstance(node, ast.Name) for name in [node.id]}
    assert (lines["y"], lines["b"]) == (6, 11)
    assert [found.line for found in python.magics] == [1, 2, 7, 8]


def test_line_of_where_python_needs_more_lines() -> None:
    python = to_python("a = 1\n%timeit x = a\nb = 2")
    assert python.tree is not None
    assert [python.line_of(node.lineno) for node in python.tree.body] == [1, 2, 2, 3]
    body = to_python("\n%%timeit c = 3\nx = 1\n\ny = 2")
    assert body.tree is not None
    function = body.tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert [body.line_of(node.lineno) for node in function.body] == [2, 3, 5]


@pytest.mark.parametrize(
    ("source", "is_async"),
    [
        ("await f()", True),
        ("async for x in y:\n    pass", True),
        ("%cd x\nawait f()", True),
        ("%%time\nawait f()", True),
        ("%%timeit\nawait f()", True),
        ("async def f():\n    await g()", False),
    ],
)
def test_top_level_await(source: str, is_async: bool) -> None:
    python = to_python(source)
    assert python.syntax_error is None
    assert python.is_async is is_async


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ("x = 1\ndef f(:\n  pass", 2, "invalid"),
        ("x = (\n  1", 1, "never closed"),
        ("%cd x\n\ny = )", 3, "unmatched"),
        ("%time x = 1\nreturn 3", 2, "outside function"),
        ("return 3", 1, "outside function"),
        ("break", 1, "outside loop"),
        ("%%time\nx = 1\ny = =", 3, "invalid"),
        ("%timeit x = 1\ny = =", 2, "invalid"),
        ("x = '", 1, "unterminated"),
        ("x = 1\0", 1, "null"),
        ("if x:\npass", 2, "indented"),
        ("(" * 1000, 1, "nested"),
        ("x = '\ud800'", 1, "surrogates"),
    ],
)
def test_faults_of_syntax_name_the_line(source: str, line: int, word: str) -> None:
    python = to_python(source)
    assert python.tree is None
    assert python.syntax_error is not None
    assert python.syntax_error.line == line
    assert word in python.syntax_error.message


def test_warnings_of_python_are_left_to_the_run() -> None:
    assert to_python("x = '\\d'\ny = x is 1").tree is not None
    assert to_python("%cd x\nx = '\\d'\ny = x is 1").tree is not None


def test_the_usual_magics_do_not_import_ipython() -> None:
    code = (
        "import sys; from jupyter_kfp.notebook.ipython_syntax import to_python;"
        "assert to_python('%matplotlib inline\\n!pip install x\\nf = !ls\\nif f:\\n    %time g = f').tree;"
        "assert to_python('%%time\\nx = 1').tree; assert to_python('x').tree; assert 'IPython' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


pieces = st.sampled_from([
    "x = 1", "%cd a", "!ls", "y = !ls", "if x:", "    !ls", "    %time z = f(y)", "'''", "# c", "", "x?",
    "%timeit g(x)",
    "def f(a):", "    return a", "(x,", " %b)", "z = %who_ls", "!a \\", "  b", "for i in x:", "    pass",
    "else:", "%%time",
    "\tx", "'%x'", "a = b %c", "!ls {x} $y", "  %x", ">>> x = 2",
])  # fmt: skip


@UNHURRIED
@given(st.lists(pieces, max_size=8).map("\n".join))
def test_python_and_lines_are_those_of_ipython(source: str) -> None:
    """What IPython can run is taken as Python here, and names stay on their lines; all else is a fault."""
    python = to_python(source)
    if source.lstrip().startswith("%%"):
        return
    try:
        transformed = TransformerManager().transform_cell(source)
        compile(transformed, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return
    assert python.tree is not None, python.syntax_error
    theirs = ast.parse(transformed)
    assert len(python.magics) >= sum("get_ipython" in ast.unparse(node) for node in theirs.body) - source.count("%t")
    for node in ast.walk(python.tree):
        if isinstance(node, ast.Name) and node.id == "x":
            assert "x" in source.split("\n")[python.line_of(node.lineno) - 1]


@UNHURRIED
@given(st.text(max_size=60))
def test_any_text_is_python_or_a_fault(source: str) -> None:
    python = to_python(source)
    assert (python.tree is None) == (python.syntax_error is not None)
