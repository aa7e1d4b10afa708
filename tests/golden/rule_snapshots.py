"""What users read of wrong notebooks, in ``diagnostics/``: the notebook, what is said of it, and what a fix changes."""

import difflib
import json
import tempfile
from pathlib import Path

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.fixes import fix_notebook
from jupyter_kfp.compiler.rule_examples import Example, read_example, said_of_example, write_example
from jupyter_kfp.compiler.rules import all_rules
from jupyter_kfp.notebook.diagnostic import Diagnostic

FOLDER = Path(__file__).parent / "diagnostics"
SAYS, FIXED = "=== says\n", "=== fixed\n"


def snapshots() -> dict[Path, str]:
    """The text of every file: one per rule, from its page, and those that stand in the folder beside them."""
    texts = {FOLDER / f"{rule.code}.txt": rule.wrong for rule in all_rules()}
    for path in sorted(FOLDER.glob("KFP1*-*.txt")):
        texts[path] = path.read_text("utf-8").partition(SAYS)[0]
    return {path: snapshot(text) for path, text in texts.items()}


def snapshot(text: str) -> str:
    """Of one notebook."""
    example = read_example(text)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        said = said_of_example(example, folder) or "no findings"
        changes = _changes(example, folder)
    return f"{text.rstrip()}\n{SAYS}{said}\n" + (f"{FIXED}{changes}" if changes else "")


def _changes(example: Example, folder: Path) -> str:
    path = write_example(example, folder)
    if not path.exists():
        return ""

    def check(data: bytes) -> list[Diagnostic]:
        path.write_bytes(data)
        return compile_notebook(path, options=example.options).diagnostics

    before = path.read_bytes()
    after, _, _ = fix_notebook(before, check)
    if after == before:
        return ""
    lines = [percent_text(data).splitlines(keepends=True) for data in (before, after)]
    return "".join(line for line in difflib.unified_diff(*lines, n=0) if line[:3] not in {"---", "+++", "@@ "})


def percent_text(data: bytes) -> str:
    """A notebook's file in the form of the examples."""
    notebook = json.loads(data)
    parts = []
    own = {key: value for key, value in notebook["metadata"].items() if key != "kernelspec"}
    if own:
        parts.append(f"# %% [notebook]{_fields(own)}\n")
    for cell in notebook["cells"]:
        kind = "" if cell["cell_type"] == "code" else f" [{cell['cell_type']}]"
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        parts.append(f"# %%{kind}{_fields(cell['metadata'])}\n{source}" + "\n" * (not source.endswith("\n")))
    return "".join(parts)


def _fields(metadata: dict[str, object]) -> str:
    return "".join(f" {key}={json.dumps(value, ensure_ascii=False)}" for key, value in metadata.items())
