# Two commands for a fresh machine: `make build`, then `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: build test lint types random bench bench-validation schemas wheel clean

build: $(READY)
	$(BIN)/mali-dataset build

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(READY)

test: build lint types
	$(BIN)/python .ci/schemas.py --check
	$(BIN)/mali-dataset fmt --check
	HYPOTHESIS_PROFILE=ci $(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

# The same laws on examples that differ from run to run.
random: build
	HYPOTHESIS_PROFILE=random $(BIN)/python -m pytest -n 2 --dist worksteal tests/schema tests/curation tests/validation/test_engines_agree.py

# Ratios measured in one run: the import of the package, the first load, the reading of YAML.
bench: build
	$(BIN)/python benchmarks/run.py

# Validation against other validators, up to 50 million rows: an hour or two. Fewer: `make bench-validation ARGS="--rows 1e3 1e5 1e6"`.
bench-validation: $(READY)
	$(BIN)/python -m pip install --quiet --editable . --group bench
	$(BIN)/python benchmarks/validation.py $(ARGS)

schemas: $(READY)
	$(BIN)/python .ci/schemas.py

wheel: $(READY)
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
