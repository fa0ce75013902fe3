# Everything runs in .venv, made from nothing but Python 3.11 or later and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install test check format demo serve bench clean

help: ## Show these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

install: $(VENV)/.installed ## Install everything for development into .venv

test: install ## Run the tests on both databases and both blob stores
	$(BIN)/python -m pytest

check: install ## Lint, formatting and types
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

format: install ## Format and fix what can be fixed
	$(BIN)/ruff check --fix src tests
	$(BIN)/ruff format src tests
