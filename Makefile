# klant360: make build, make test; make help lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build publish slim freshness dashboard demo summary browser screenshots identity-report spark bench bench-identity bench-exports bench-spark test test-spark test-deep audit lint dbt-test pytest docs lock clean

PYTHON ?= python3
BIN := .venv/bin

ifdef SOURCES
export KLANT360_SOURCES := $(SOURCES)
endif
ifdef VARS
DBT_VARS := --vars '$(VARS)'
endif

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

# The environment, from the lock file alone; rebuilt when the lock changes.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "klant360 needs Python 3.10 or newer; this is " + sys.version.split()[0] + ". Name another with make PYTHON=python3.12")'
	@echo "Installing the environment into .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# Where Python keeps no bytecode, as in many containers, each start of dbt would compile it again.
	@$(if $(PYTHONDONTWRITEBYTECODE),$(BIN)/python -m compileall -q -j 0 .venv/lib python)
	@touch $@

# What Spark needs beside it, from a lock file of its own.
.venv/installed-spark: .venv/installed requirements-spark.lock
	@command -v java > /dev/null || { echo "Spark needs Java 17 or 21: on Debian, apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	@echo "Installing Spark into .venv (about a minute, once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements-spark.lock
	@touch $@

build: publish ## build, test and publish demo data or SOURCES=folder, with VARS='name: value', and print a summary
	@$(BIN)/klant360 summary

publish: .venv/installed $(if $(KLANT360_SOURCES),,demo) ## the same without the summary: if all data tests pass, the marts are published in serve/; STATE=folder keeps what make slim needs
	@$(BIN)/klant360 publish $(if $(STATE),--state $(STATE)) $(DBT_VARS)

slim: .venv/installed $(if $(KLANT360_SOURCES),,demo) ## build and test only what changed since make publish STATE=folder
	@$(BIN)/klant360 slim $(STATE) $(DBT_VARS)

freshness: .venv/installed ## fail if the latest order, visit, ticket or customer in the warehouse is old
	@$(BIN)/dbt source freshness $(DBT_VARS)

demo: demo/README.txt ## write the demo data to demo/sources, and the truth to demo/truth

demo/README.txt: | .venv/installed
	@$(BIN)/klant360 demo

dashboard: .venv/installed ## draw the dashboard of the current publication again
	@$(BIN)/klant360 dashboard

summary: .venv/installed ## print the summary again
	@$(BIN)/klant360 summary

identity-report: .venv/installed demo ## measure identity against the truth of the demo data
	@test -e $(or $(KLANT360_WAREHOUSE),warehouse/klant360.duckdb) || $(MAKE) --no-print-directory SOURCES= KLANT360_SOURCES= build
	@$(BIN)/klant360 identity-report

test: ## linters, a dbt build with unit and data tests, pytest
	@$(MAKE) --no-print-directory --jobs 2 lint dbt-test
	@$(MAKE) --no-print-directory pytest

# sqlfluff compiles with dbt, which opens a warehouse: use one that nothing else opens.
lint: export KLANT360_WAREHOUSE := $(CURDIR)/target/lint/klant360.duckdb
lint: .venv/installed ## ruff and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --disable-progress-bar models tests/conservation tests/engagement tests/identity tests/quality tests/segments analyses

# A separate warehouse, which pytest reads afterwards.
dbt-test: export KLANT360_SOURCES := demo/sources
dbt-test: export KLANT360_ID_SALT := test
dbt-test: export KLANT360_WAREHOUSE := $(CURDIR)/target/test/klant360.duckdb
dbt-test: export DBT_TARGET_PATH := $(CURDIR)/target/test/target
dbt-test: .venv/installed demo ## build and test the demo data in a warehouse of its own, target/test
	rm -rf target/test
	$(BIN)/dbt build --warn-error --log-level warn

pytest: export KLANT360_TEST_WAREHOUSE := $(CURDIR)/target/test/klant360.duckdb
pytest: .venv/installed
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

bench: .venv/installed ## measure a build of BENCH_ORDERS orders (default 1000000), and predictions, against peers
	@$(BIN)/klant360 bench build
	@$(BIN)/klant360 bench predictions

bench-identity: .venv/installed ## measure how long 3 million records take to resolve
	@$(BIN)/klant360 bench identity

bench-exports: .venv/installed ## measure loading 1 million order lines of an export, against tables of the contract
	@$(BIN)/klant360 bench exports

spark: .venv/installed-spark ## install what the target spark needs, see docs/spark.md

bench-spark: .venv/installed-spark ## measure builds on a Spark cluster on this machine (needs Java)
	@$(BIN)/klant360 bench spark

test-spark: .venv/installed-spark ## the project on a Spark cluster on this machine, compared with DuckDB (needs Java); ONLY=macro_cases
	$(BIN)/pytest -m spark $(if $(ONLY),-k $(ONLY)) tests/python/test_spark.py

browser: ## install Chromium from Debian, for the tests of the dashboard and for screenshots
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null || { apt-get update -qq && apt-get install --yes -qq --no-install-recommends chromium; }

screenshots: .venv/installed ## write the pictures of the docs from the dashboard of the demo (needs make build and make browser)
	@$(BIN)/python docs/screenshots.py

test-deep: .venv/installed ## the slow tests
	$(BIN)/pytest --numprocesses 2 -m deep

audit: .venv/installed ## look up known vulnerabilities of the locked packages
	@$(BIN)/klant360 audit

docs: .venv/installed ## write the documentation of all tables to target/static_index.html
	@$(BIN)/dbt docs generate --static --log-level warn
	@echo "Open target/static_index.html in a browser."

lock: .venv/installed ## pin the newest versions that pyproject.toml allows, for Python 3.10 and newer
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra suggestions --universal --python-version 3.10 --generate-hashes --upgrade --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra spark --universal --python-version 3.11 --generate-hashes --upgrade --constraint requirements.lock --output-file requirements-spark.lock

clean: ## delete build results; demo data, environment, publications and the ledger of erasures stay
	rm -rf target logs warehouse/*.duckdb* warehouse/*.demo.jsonl
