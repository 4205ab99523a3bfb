# rasid. `make` alone lists what there is. Needs Python 3.11 or newer and make; everything else goes into .venv and .rasid.

# The newest Python that will do; `make PYTHON=/path/to/python demo` chooses another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
RUN := .venv/bin/python
ARGS ?=
# The word lists are compiled once, so that no first use has to wait for them.
# Compiled names and modules are kept: many an environment forbids Python to write the latter when it runs.
WARM := $(RUN) -m compileall -q rasid tasks workers && $(RUN) -m rasid pipe enrich < /dev/null

.DEFAULT_GOAL := help
.PHONY: help demo test check format up clean distclean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: .venv/ready-run ## See rasid at work on a sample newsroom (ARGS="--once --json" and others: rasid demo --help)
	@$(RUN) -m rasid demo $(ARGS)

up: .venv/ready-run ## Watch the outlets that you have added, with everything on this machine
	@$(RUN) -m rasid up $(ARGS)

# Everything side by side but the tests of the whole stack: each of those wants all cores and ports for itself.
test: .venv/ready-dev ## Run every test (ARGS="-k name" for some of them)
ifeq ($(ARGS),)
	@$(RUN) -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --ignore tests/end_to_end
	@$(RUN) -m pytest tests/end_to_end
else
	@$(RUN) -m pytest $(ARGS)
endif

check: .venv/ready-dev ## Types, lint, layers and format, without the tests
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	.venv/bin/lint-imports --no-cache

format: .venv/ready-dev ## Put the code into shape
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean: ## Remove what tests and builds leave behind
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## Remove the virtual environment too (the data under .rasid stays)
	rm -rf .venv

.venv/made:
	@test -n "$(PYTHON)" || { echo "rasid needs Python 3.11 or newer: install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "making the virtual environment .venv with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv .venv || { echo "this Python has no venv module: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@touch .venv/made

.venv/ready-run: .venv/made pyproject.toml
	@echo "installing rasid and what it needs (about a minute, once)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[local,flower]'
	@$(WARM)
	@touch .venv/ready-run

.venv/ready-dev: .venv/made pyproject.toml
	@echo "installing rasid and what its tests need (about a minute, once)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(WARM)
	@touch .venv/ready-dev .venv/ready-run
