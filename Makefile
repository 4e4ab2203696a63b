# Regulars: every command a person or a machine needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Where Python may keep no bytecode, as in many containers, each of the hundreds of servers and commands that the tests
# start compiles all modules again: 1.3 s of 3.5 s.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_PROCESSES ?= 2
PYTEST_ARGS ?=
# A file's tests stay together; tests/conftest.py puts the longest files first, so that no process ends long before another.
TESTS = $(BIN)/pytest -q -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --ignore tests/shape $(PYTEST_ARGS)
NATIVE_TESTS = tests/core tests/features/behaviour tests/features/tiers tests/flows/accrual tests/flows/intake tests/flows/quotation tests/flows/simulation tests/model

.PHONY: help setup console demo wheel native test test-native bench check built format unit lock schema screenshots loads clean

##@ Use
setup: $(STAMP) ## Create .venv and install the locked dependencies
demo: console ## Load a year of a shop and serve it on 127.0.0.1:8000
	@$(BIN)/regulars demo
console: setup ## Build the web console where it changed; needs no Node of yours
	@$(BIN)/python console/build.py
wheel: console native ## Build the package to be installed elsewhere, with the console: dist/
	@$(BIN)/python -m hatchling build -t wheel
# What runs is Python either way; see docs/adr/0038-the-hot-path-can-be-compiled.md.
native: setup ## Compile the hot path where there is a C compiler: build/native
	@$(BIN)/python native/build.py || test $$? -eq 75
bench: native ## Run the benchmarks: one JSON object a line
	@PYTHONPATH="$$(test ! -d build/native || echo build/native)" $(BIN)/regulars bench all --json

##@ Prove
test: setup ## Everything that must hold: check, then all tests
	@$(MAKE) -j 2 check built
	@$(TESTS)
# Types take as long as the other checks together: they are checked beside these.
check: setup ## Format, lint, types, import contracts, shape tests, generated files
	@$(BIN)/mypy --no-error-summary > $(VENV)/types.txt 2>&1 & types=$$!; trap 'kill $$types 2> /dev/null || true' EXIT; \
	echo "check 1/6: format" && { $(BIN)/ruff format --check --quiet . || { echo "Run 'make format'." && exit 1; }; } && \
	echo "check 2/6: lint" && $(BIN)/ruff check --quiet . && \
	echo "check 3/6: import contracts" && { $(BIN)/lint-imports --no-cache > $(VENV)/imports.txt || { cat $(VENV)/imports.txt && exit 1; }; } && \
	echo "check 4/6: generated files" && $(BIN)/python -m regulars.infra.db.schema check && \
	echo "check 5/6: shape" && $(BIN)/pytest -q tests/shape && \
	echo "check 6/6: types" && { wait $$types || { cat $(VENV)/types.txt && exit 1; }; }
# The modules that are compiled, and what lives on them, once more as they run compiled.
test-native: native ## The tests of the hot path, on its compiled form
	@test ! -d build/native || $(BIN)/pytest -q -n $(TEST_PROCESSES) -o "pythonpath=build/native ." $(NATIVE_TESTS)
unit: built ## All tests but the shape tests, in parallel
	@$(TESTS)
built: setup ## Build the console where its packages can be had
	@$(BIN)/python console/build.py || { test $$? -eq 75 && echo "The console's packages cannot be had; its tests are skipped."; }

##@ Change
format: setup ## Format the code and fix what lint can fix
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .
schema: setup ## Write migrations/0001_pre_initial.sql from all schema.sql files
	@$(BIN)/python -m regulars.infra.db.schema write
screenshots: console ## Take the pictures of every page for docs/images
	@$(BIN)/python console/screenshots.py
loads: console ## Measure how long every page of the console takes to its heading
	@$(BIN)/python console/loads.py
lock: setup ## Resolve the pinned dependencies again into the two lock files
	@for target in "requirements.lock" "requirements-dev.lock --group dev"; do \
		$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
			--no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file $$target > /dev/null; done
	@echo "Wrote requirements.lock and requirements-dev.lock."
clean: ## Remove what was built here (not your data)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis

##@ Help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| (echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say which: make setup PYTHON=python3.12" && exit 1)
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
		|| (echo "This Python cannot create environments. On Debian: apt-get install python3-venv" && exit 1)
	@test -x $(BIN)/python || (echo "setup 1/3: creating $(VENV)" && $(PYTHON) -m venv $(VENV))
	@echo "setup 2/3: installing the locked dependencies (a minute or two the first time)"
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r requirements-dev.lock 2> >(grep -v '^WARNING' >&2)
	@echo "setup 3/3: installing regulars itself"
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --no-index -e . 2> >(grep -v '^WARNING' >&2)
	@touch $(STAMP)
