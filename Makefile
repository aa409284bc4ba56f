# Short verbs. `make help` lists them. Nothing here needs more than make and Python 3.11 or newer.
SHELL := /bin/sh
BIN := .venv/bin
# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
TESTS ?=
FULL ?=
PORT ?=

.DEFAULT_GOAL := help
.PHONY: help setup runtime python check format test test-embedded demo screenshots torture bench-engine bench-rules bench-emergency bench-replay bench-start bench-year secrets lock clean

help: ## show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

setup: python ## make .venv with refloop and the tools for checks and tests
	@$(PYTHON) admin/environment.py --dev

runtime: python
	@$(PYTHON) admin/environment.py

python:
	@test -n "$(PYTHON)" || { echo "Refloop needs Python 3.11 or newer; none was found (PYTHON=/path/to/python3 names one)." >&2; exit 1; }

check: setup ## style, types and the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## put the code in the one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test: setup ## everything, on both deployments; TESTS="tests/unit -k word" for a part
	@$(BIN)/python -m admin.servers ensure
	@$(BIN)/python -m tests.browser
	@$(BIN)/pytest $(if $(TESTS),,--numprocesses=auto --dist=worksteal) $(TESTS)

test-embedded: setup ## the embedded deployment only: never counts as the whole
	@$(BIN)/pytest --embedded-only $(TESTS)

demo: runtime ## everything in one process with a page of phones; FULL=1 on RabbitMQ and PostgreSQL
ifeq ($(FULL),)
	@exec $(BIN)/refloop up --demo $(if $(PORT),--port $(PORT))
else
	@exec $(BIN)/python -m admin.servers run -- $(BIN)/refloop up --demo $(if $(PORT),--port $(PORT))
endif

screenshots: setup ## look at the demo page in Chromium and keep the README's pictures
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m tests.screenshots

torture: setup ## long kill runs with a report
	@$(BIN)/python -m admin.servers ensure
	@$(BIN)/pytest -m torture --timeout=0 -s $(TESTS)

bench-year: setup ## a year of follow-up care of a thousand patients; PATIENTS=100 for a short one
	@$(BIN)/python -m bench.year $(or $(PATIENTS),1000) 365

bench-replay: setup ## events per second of verify, rebuild, anchor and export; EVENTS=60000 for a short one
	@$(BIN)/python -m admin.servers ensure
	@$(BIN)/python -m bench.replay --events $(or $(EVENTS),1000000)

bench-start: setup ## seconds until a start answers, and megabytes of every process; MINUTES=60 to watch them
	@$(BIN)/python -m admin.servers ensure
	@$(BIN)/python -m bench.start --minutes $(or $(MINUTES),0)

bench-engine: setup ## referrals per second through the engine, against one transaction per message
	@$(BIN)/python -m admin.servers ensure
	@$(BIN)/python -m bench.engine

bench-emergency: setup ## how soon an emergency leaves while 10 000 routine messages wait
	@$(BIN)/python -m admin.servers ensure
	@$(BIN)/python -m bench.emergency

bench-rules: setup ## decisions per second in one process
	@$(BIN)/python -m bench.rules

secrets: ## passwords and a place for the bot's token, for docker compose; keeps what is there
	@mkdir -p -m 700 secrets
	@for name in database_password broker_password webhook_secret; do test -s secrets/$$name || \
		od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > secrets/$$name; done
	@test -s secrets/site_key || head -c 32 /dev/urandom | base64 | tr '+/' '-_' > secrets/site_key
	@touch secrets/telegram_token
	@chmod 444 secrets/database_password secrets/broker_password secrets/webhook_secret secrets/site_key && chmod 644 secrets/telegram_token
	@test -s secrets/telegram_token || echo "Write the bot's token into secrets/telegram_token."

lock: setup ## pin the requirements anew, with hashes
	@$(BIN)/pip install --quiet pip-tools
	@for list in requirements requirements-dev; do CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes \
		--strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file $$list.txt $$list.in || exit 1; done

clean: ## remove .venv and caches; data directories stay
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
