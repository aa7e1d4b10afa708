# Everything a user or developer needs; `make help` lists it. Only Python 3.11+, Node 20 and make must be there before.
PYTHON ?= python3
VENV ?= .venv
KFP_VENV ?= .cache/kfp-venv
BIN := $(VENV)/bin
EXAMPLE ?= examples/compare_models.ipynb
# Absolute, without resolving links: a virtual environment's python is a link.
export KFP_PYTHON := $(abspath $(KFP_VENV))/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo install test lint unit fuzz chaos format golden docs bench clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo  ## install into .venv and run the first example as a pipeline
	$(BIN)/jupyter kfp run $(EXAMPLE)

install: $(VENV)/.test $(KFP_VENV)/.installed  ## install all that the tests need

test: install lint unit  ## everything that has to pass

lint: $(VENV)/.test  ## formatting, linters, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: install  ## all tests
	$(BIN)/python -m pytest

fuzz: $(VENV)/.test  ## run N random notebooks whole and as pipelines, N=1000 unless told
	$(BIN)/python tests/unit/dataflow/fuzz.py $(N) $(if $(SEED),--seed $(SEED))

chaos: $(VENV)/.test  ## kill runs and workers N times at random moments, N=200 unless told
	$(BIN)/python tests/chaos/chaos.py $(N) $(if $(SEED),--seed $(SEED))

format: $(VENV)/.test  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(VENV)/.test  ## compile the examples again, into tests/golden (the tests compare, they never write)
	$(BIN)/python tests/golden/update.py

docs: $(VENV)/.test  ## write docs/reference and docs/images again
	$(BIN)/python docs/generate.py

bench: $(VENV)/.test  ## all figures, side by side with their references
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

clean:  ## remove environments and caches
	rm -rf $(VENV) .cache build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "jupyter_kfp needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + "; set PYTHON=... ")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[examples]'
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[examples]' --group test --group lint
	@touch $@ $(VENV)/.demo

# The KFP SDK pins libraries that ours need newer: it judges what we compile from an environment of its own.
$(KFP_VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(KFP_VENV)
	$(KFP_VENV)/bin/python -m pip install --quiet --upgrade pip
	$(KFP_VENV)/bin/python -m pip install --quiet 'kfp==2.17.0' 'kfp-kubernetes==2.17.0'
	@touch $@
