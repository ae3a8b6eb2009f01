# `make help` lists the commands. Python 3.11 or newer and make are all that is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEMGREP := .venv-semgrep
PORT ?= 8000
STAGE ?= open
APPLICANTS ?= 40
PORTAL_DATA_DIR ?= instance
export PORT PORTAL_DATA_DIR

.PHONY: help demo test check rules browser bench mutation shots clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 12

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.run ## Set everything up and serve a populated portal on http://127.0.0.1:8000
	PORTAL_MODE=demo $(BIN)/portal init
	PORTAL_MODE=demo $(BIN)/portal seed --stage $(STAGE) --applicants $(APPLICANTS) --if-empty
	PORTAL_MODE=demo $(BIN)/portal serve --port $(PORT)

test: $(VENV)/.dev ## Run the tests (SQLite; PORTAL_TEST_DATABASE_URL chooses another database)
	$(BIN)/pytest -n auto --dist worksteal -m "not browser" -q

browser: $(VENV)/.dev ## Run the tests that drive Chromium
	$(BIN)/pytest -n 2 -m browser -q

check: $(VENV)/.dev ## Style, types, layers, templates, known dangers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/bandit --quiet -c pyproject.toml -ll -r portal wsgi.py

# semgrep wants another click than the portal's tools: it lives in an environment of its own. It looks nothing up.
$(SEMGREP)/.made: constraints-semgrep.txt
	$(PYTHON) -m venv $(SEMGREP)
	$(SEMGREP)/bin/pip install --quiet --disable-pip-version-check -r constraints-semgrep.txt
	@touch $@

rules: $(SEMGREP)/.made ## Our own rules (tests/rules): each on its fixture, then all on the code
	$(SEMGREP)/bin/semgrep scan --test --metrics=off --disable-version-check --quiet tests/rules
	$(SEMGREP)/bin/semgrep scan --config tests/rules --metrics=off --disable-version-check --error --quiet portal templates wsgi.py

bench: $(VENV)/.dev ## Measure, and write the figures to docs/performance.md
	$(BIN)/python -m bench
	$(BIN)/python -m bench.mutation

mutation: $(VENV)/.dev ## Break the rules one by one and count what their tests notice (docs/security.md)
	$(BIN)/python -m bench.mutation

shots: $(VENV)/.dev ## Take the screenshots under docs/screenshots
	$(BIN)/python -m bench.shots

clean: ## Remove the environment and everything that was stored
	rm -rf $(VENV) $(SEMGREP) instance
