"""Every module can be imported alone, and the public import stays light."""

import json
import pkgutil
import subprocess
import sys

import pytest

import jupyter_kfp

HEAVY = {
    "kubernetes",
    "minio",
    "sqlalchemy",
    "tornado",
    "pandas",
    "numpy",
    "nbformat",
    "papermill",
    "IPython",
    "zmq",
    "alembic",
    "kfp",
}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(jupyter_kfp.__path__, "jupyter_kfp.")
    if ".migrations." not in module.name and not module.name.endswith("__main__")
)


def loaded_after(statement: str) -> set[str]:
    code = f"import sys, json\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_in_a_fresh_process(module: str) -> None:
    assert module in loaded_after(f"import {module}")


def test_public_import_is_light() -> None:
    assert not HEAVY & loaded_after("import jupyter_kfp")


def test_what_a_worker_needs_has_no_store_and_no_compiler() -> None:
    loaded = loaded_after("import jupyter_kfp.worker.kernel_session, jupyter_kfp.worker.user_log")
    assert not {"sqlalchemy", "alembic", "kubernetes", "jupyter_kfp.compiler", "jupyter_kfp.engine"} & loaded
