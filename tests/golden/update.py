"""Write what the tests compare with: the examples' IR, the messages of diagnostics. By `make golden`, never a test."""

from pathlib import Path

from rule_snapshots import FOLDER, snapshots

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.spec.ir_yaml import to_yaml

EXAMPLES = Path(__file__).parents[2] / "examples"


def golden_yaml(notebook: Path) -> str:
    """Compile an example; its errors are a failure here."""
    compiled = compile_notebook(notebook)
    if compiled.pipeline is None:
        raise SystemExit("\n".join(f"{notebook.name}: {d.code} {d.message}" for d in compiled.diagnostics))
    return to_yaml(compiled.pipeline)


if __name__ == "__main__":
    for example in sorted(EXAMPLES.glob("*.ipynb")):
        target = example.with_suffix(".pipeline.yaml")
        target.write_text(golden_yaml(example), encoding="utf-8")
        print(target)
    FOLDER.mkdir(exist_ok=True)
    for target, text in snapshots().items():
        target.write_text(text, encoding="utf-8")
    print(FOLDER)
