# klant360: make build, make test; make help tells the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build publish demo summary identity-report bench bench-identity test test-deep audit lint dbt-test pytest docs lock clean

PYTHON ?= python3
BIN := .venv/bin

ifdef SOURCES
export KLANT360_SOURCES := $(SOURCES)
endif
ifdef VARS
DBT_VARS := --vars '$(VARS)'
endif

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

# The environment, from the lock file alone; made anew when the lock changes.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "klant360 needs Python 3.10 or newer; this is " + sys.version.split()[0] + ". Name another with make PYTHON=python3.12")'
	@echo "Installing the environment into .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

build: publish ## build and test everything, on demo data or SOURCES=folder, with VARS='name: value'
	@$(BIN)/klant360 summary

publish: .venv/installed $(if $(KLANT360_SOURCES),,demo) ## build and test SOURCES=folder and serve the marts to others, in serve/; no summary
	@$(BIN)/klant360 publish $(DBT_VARS)

demo: demo/README.txt ## make the demo data: demo/sources, and the truth in demo/truth

demo/README.txt: | .venv/installed
	@$(BIN)/klant360 demo

summary: .venv/installed ## tell again what was built
	@$(BIN)/klant360 summary

identity-report: .venv/installed demo ## how well the people of the demo data were recognised
	@test -e $(or $(KLANT360_WAREHOUSE),warehouse/klant360.duckdb) || $(MAKE) --no-print-directory SOURCES= KLANT360_SOURCES= build
	@$(BIN)/klant360 identity-report

test: ## lint, dbt build with all its tests, pytest
	@$(MAKE) --no-print-directory --jobs 2 lint dbt-test
	@$(MAKE) --no-print-directory pytest

# sqlfluff compiles with dbt, which opens a warehouse: not the one that somebody may be reading.
lint: export KLANT360_WAREHOUSE := $(CURDIR)/target/lint/klant360.duckdb
lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar models tests/conservation tests/identity tests/quality tests/segments analyses

# A warehouse of its own, which pytest reads afterwards.
dbt-test: export KLANT360_SOURCES := demo/sources
dbt-test: export KLANT360_ID_SALT := test
dbt-test: export KLANT360_WAREHOUSE := $(CURDIR)/target/test/klant360.duckdb
dbt-test: export DBT_TARGET_PATH := $(CURDIR)/target/test/target
dbt-test: .venv/installed demo
	rm -rf target/test
	$(BIN)/dbt build --warn-error --log-level warn

pytest: export KLANT360_TEST_WAREHOUSE := $(CURDIR)/target/test/klant360.duckdb
pytest: .venv/installed
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

bench: .venv/installed ## what a build of BENCH_ORDERS orders costs (default 1000000), beside a floor and peers
	@$(BIN)/klant360 bench build

bench-identity: .venv/installed ## what it costs to resolve 3 million records; the table goes to target/bench
	@$(BIN)/klant360 bench identity

test-deep: .venv/installed ## the slow proofs
	$(BIN)/pytest --numprocesses 2 -m deep

audit: .venv/installed ## look up known vulnerabilities of what the lock file names
	@$(BIN)/klant360 audit

docs: .venv/installed ## the documentation as one page: target/static_index.html
	@$(BIN)/dbt docs generate --static --log-level warn
	@echo "Open target/static_index.html in a browser."

lock: .venv/installed ## pin the newest versions that pyproject.toml allows, for Python 3.10 and up
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra suggestions --universal --python-version 3.10 --generate-hashes --upgrade --output-file requirements.lock

clean: ## take away what was built; demo data, environment, publications and the ledger of erasures stay
	rm -rf target logs warehouse/*.duckdb* warehouse/*.demo.jsonl
