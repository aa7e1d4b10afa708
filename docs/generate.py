"""Write what is generated in docs/: the CLI's reference, the diagnostics' pages, pictures of graphs.

``python docs/generate.py`` writes; ``--check`` writes nothing and fails if a file differs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jupyter_kfp.cli.error_index import AREAS, ERRORS
from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.rule_pages import markdown_page
from jupyter_kfp.compiler.rules import all_rules
from jupyter_kfp.drawing import draw

DOCS = Path(__file__).parent
EXAMPLES = DOCS.parent / "examples"


def graph_pictures() -> dict[Path, str]:
    """One SVG per example, drawn by the tool."""
    pictures = {}
    for notebook in sorted(EXAMPLES.glob("*.ipynb")):
        pipeline = compile_notebook(notebook).pipeline
        assert pipeline is not None, notebook
        pictures[DOCS / "images" / f"{notebook.stem}.svg"] = draw(pipeline, "svg")
    return pictures


def diagnostics_pages() -> dict[Path, str]:
    """One page per rule, and the list of them by code."""
    folder = DOCS / "reference" / "diagnostics"
    pages = {folder / f"{rule.code}.md": markdown_page(rule) for rule in all_rules()}
    lines = [
        "# Diagnostics\n",
        "What `jupyter kfp check` may say. `jupyter kfp explain CODE` shows a page on the terminal; the comment",
        "`# kfp: ignore[CODE]` silences warnings and hints of its line; `jupyter kfp check --fix` mends what can be.\n",
        "| Code | Severity | |",
        "|---|---|---|",
    ]
    for rule in all_rules():
        title = rule.title.replace("``", "`")
        lines.append(f"| [{rule.code}](diagnostics/{rule.code}.md) | {rule.severity} | {title} |")
    return {**pages, DOCS / "reference" / "diagnostics.md": "\n".join(lines) + "\n"}


def errors_page() -> dict[Path, str]:
    """All other codes."""
    parts = ["# Errors\n\nCodes of errors beside those of notebooks. `jupyter kfp explain CODE` shows one of these.\n"]
    for beginning, area in AREAS.items():
        rows = [
            f"| {code} | {one.meaning} | {one.remedy} |" for code, one in ERRORS.items() if code.startswith(beginning)
        ]
        parts.append("\n".join([f"## {area}\n", "| Code | Meaning | What helps |", "|---|---|---|", *rows]) + "\n")
    return {DOCS / "reference" / "errors.md": "\n".join(parts)}


def cli_page() -> dict[Path, str]:
    """The help of the command and of each subcommand."""
    from jupyter_kfp.cli.app import KfpApp

    parts = ["# Command line\n\nGenerated from `jupyter kfp --help` and the help of each subcommand.\n"]
    for command in ["", *sorted(KfpApp.subcommands)]:
        words = [sys.executable, "-m", "jupyter_kfp.cli", *command.split(), "--help"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        title = f"jupyter kfp {command}".strip()
        parts.append(f"## {title}\n\n```text\n{done.stdout.strip()}\n```\n")
    return {DOCS / "reference" / "cli.md": "\n".join(parts)}


def main() -> int:
    """Write or check; returns the exit code."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path, text in {**graph_pictures(), **diagnostics_pages(), **errors_page(), **cli_page()}.items():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(("differs: " if check else "wrote ") + str(path.relative_to(DOCS.parent)))
    if check and stale:
        print("run `make docs`")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
