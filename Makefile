# Everything a person types. Each command first installs what it needs into .venv; a second call takes no time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PACKAGES := omo stores loyalty orders

export PYTHONUNBUFFERED := 1

.PHONY: help install install-test run test bench faults lint format lock clean
.DEFAULT_GOAL := help

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/python:
	@PYTHON="$(PYTHON)" sh scripts/make-venv.sh $(VENV)

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Installing what OMO needs into $(VENV) ..."
	@$(PIP) install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.runtime
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) install --quiet --require-hashes -r requirements-test.txt
	@touch $@

install: $(VENV)/.runtime ## install into .venv from the hashed lock

install-test: $(VENV)/.test

run: install ## start the shop: web, worker and beat in one process tree (PORT, BIND, DATABASE_URL, REDIS_URL)
	@$(BIN)/python manage.py run

test: install-test ## run the whole suite: SQLite, then PostgreSQL and Redis, then Chromium
	@$(BIN)/python -m tests $(ARGS)

bench: install-test ## run the benchmark (PostgreSQL) and write tests/benchmarks/RESULTS.md
	@$(BIN)/python -m tests.benchmarks $(ARGS)

faults: install-test ## make faults happen on a PostgreSQL of its own and write tests/faults/RESULTS.md
	@$(BIN)/python -m tests.faults $(ARGS)

lint: install-test ## ruff, djlint, mypy, and no model change without its migration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/python manage.py makemigrations --check --dry-run

format: install-test ## let ruff put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

UV = UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: install-test ## write both locks anew from pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	$(UV) $(LOCK_ARGS) pyproject.toml -o requirements.txt
	$(UV) $(LOCK_ARGS) pyproject.toml --extra test --extra stripe -c requirements.txt -o requirements-test.txt

clean: ## remove the installation and the demo's data
	rm -rf $(VENV) var
