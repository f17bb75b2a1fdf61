# Everything a newcomer types. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= $(or $(ZHOLDAMA_PORT),8080)
STAMPS := $(VENV)/stamps
# Styles and icons are pruned to what templates and pages name, so these count as sources too.
ASSETS := $(shell find engine/web/assets engine/web handlers -path engine/web/static -prune -o \
	  \( -path 'engine/web/assets/*' -o -name '*.html' -o -name '*.py' \) -type f -print 2>/dev/null)
# Node of the machine if it is new enough, otherwise the one from PyPI inside the virtual environment.
NODE_OK := $(shell node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null && echo yes)
export PATH := $(CURDIR)/$(BIN):$(PATH)

PIP := $(BIN)/python -m pip install --disable-pip-version-check
# Installs a lock file and counts the packages as they come; what pip says is shown if it fails.
install = set -o pipefail; $(PIP) --progress-bar off --require-hashes --no-deps -r $(1) 2>$(VENV)/pip.log \
	  | awk -v all=$$(grep -c '^[a-zA-Z]' $(1)) '/^Collecting/ {printf "\r  %d of %d", ++seen, all; fflush()} /^Installing/ {printf "  installing"; fflush()} END {print ""}' \
	  || { cat $(VENV)/pip.log; exit 1; }

.PHONY: help setup run cluster test faults check-code bench assets browser lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMPS)/python $(STAMPS)/assets ## virtual environment, locked dependencies, browser assets

$(STAMPS)/python: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Zholdama needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@[ -w . ] || { echo "This folder cannot be written to: $(CURDIR). Clone into a folder of yours."; exit 1; }
	@echo "Python packages into $(VENV) (about a minute the first time)"
	@$(PYTHON) -m venv $(VENV) || { echo "The virtual environment could not be made; on Debian: apt-get install python3-venv"; exit 1; }
	@$(call install,requirements-dev.lock)
	@$(PIP) --quiet --no-deps --no-build-isolation --editable . 2>$(VENV)/pip.log || { cat $(VENV)/pip.log; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/node: requirements-node.lock $(STAMPS)/python
ifneq ($(NODE_OK),yes)
	@echo "Node from PyPI (this machine has none, or one older than 20)"
	@$(call install,requirements-node.lock)
endif
	@touch $@

$(STAMPS)/npm: package-lock.json $(STAMPS)/node
	@echo "Browser packages"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/assets: $(STAMPS)/npm $(ASSETS)
	@npm run --silent build
	@touch $@

assets: $(STAMPS)/assets ## scripts and styles for the browser

run: setup ## the demo on http://127.0.0.1:8080 (PORT=…)
	@$(BIN)/zholdama serve --demo --port $(PORT)

cluster: setup ## the demo with two web processes, two workers and PostgreSQL
	@$(BIN)/zholdama cluster --demo --port $(PORT)

browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Chromium and a font with Kazakh letters for the browser tests"; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else echo "NO CHROMIUM: the browser tests will not run here (they fail in CI). Install it and run again."; fi

check-code: $(STAMPS)/python ## lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

test: setup browser check-code ## lint, types, all tests: SQLite, PostgreSQL, browser
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder # a file's fixtures are made once; the long ones come first

bench: setup ## the figures, as a table (JSON: make bench JSON=FILE)
	@$(BIN)/zholdama bench $(if $(JSON),--json $(JSON))

faults: setup ## kills, outages, full disks, wrong clocks: an hour, as a table (REPORT=FILE)
	@mkdir -p var && rm -f $(REPORT)
	@ZHOLDAMA_TEST_FAULTS=full ZHOLDAMA_TEST_REPORT=$(abspath $(REPORT)) $(BIN)/pytest -n 0 --durations=0 --durations-min=5 tests/faults; \
	  held=$$?; $(BIN)/python -m tests.faults.report $(REPORT); exit $$held
REPORT ?= var/faults.jsonl

lock: $(STAMPS)/python ## write the lock files anew from pyproject.toml
	@$(BIN)/pip-compile -q $(LOCK) -o requirements.lock pyproject.toml
	@$(BIN)/pip-compile -q $(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	@$(BIN)/pip-compile -q $(LOCK) --extra node -c requirements-dev.lock -o requirements-node.full pyproject.toml
	@$(BIN)/python .ci/only.py nodejs requirements-node.full > requirements-node.lock && rm requirements-node.full
LOCK := --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --strip-extras --allow-unsafe

clean: ## forget the virtual environment, packages and the demo's data
	rm -rf $(VENV) node_modules var engine/web/static .pytest_cache .mypy_cache .ruff_cache
