# Every command of the project. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install dev demo test proof check bench fix

# Compiled modules are kept, whatever the shell says: without them each process compiles Django anew, two seconds.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
ARGS ?=
CODE := src tests $(wildcard benchmarks)
TEMPLATES := src
# The walk of every address by every role is left to `make test`, which shares it between two processes.
CODEBASE_TESTS ?= tests/codebase --ignore tests/codebase/test_addresses.py
BENCHES ?= gateway record engines fhir fhir_write directory identity care
BENCH_RESULTS ?= build/bench

help: ## list these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

install: ## install what running needs (.venv, packages, front-end files)
	@scripts/bootstrap.sh run

dev:
	@scripts/bootstrap.sh dev

demo: install ## run the demo region; options in ARGS, as in make demo ARGS="--port 8080"
	@$(BIN)/enrs demo $(ARGS)

test: ## run the tests and the browser journeys (ten minutes at most)
	@scripts/bootstrap.sh browser
	@scripts/bootstrap.sh dev
	$(BIN)/pytest -n 2 -m "not proof" $(ARGS)

proof: ## run every proof at its full size; results in docs/proof.md
	@scripts/bootstrap.sh browser
	@scripts/bootstrap.sh dev
	$(BIN)/pytest -m proof $(ARGS)

check: dev ## format, lint, types, imports, migrations, templates
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/djlint --quiet --lint $(TEMPLATES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run \
		--settings enrs.config.settings
	$(BIN)/pytest -q $(CODEBASE_TESTS)

bench: install ## run every bench, one JSON file each in build/bench
	@mkdir -p $(BENCH_RESULTS)
	@set -e; for name in $(BENCHES); do \
		$(BIN)/enrs bench $$name --json $(BENCH_RESULTS)/$$name.json; done
	$(BIN)/python scripts/performance_page.py $(BENCH_RESULTS)

fix: dev ## format and mend what the tools can mend
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
