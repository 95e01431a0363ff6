SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Rules call `python` and `theraflow` by name.
export PATH := $(abspath $(BIN)):$(PATH)

.PHONY: help install demo docs report crate crate-validator test test-slow test-slurm test-chaos lint format reference lock clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

install: $(INSTALLED)  ## Make the environment, in .venv

demo: $(INSTALLED)  ## Run the whole study in miniature
	snakemake --configfile config/demo.yaml --cores $(CORES)
	@echo "Open $(abspath results/report/index.html) in a browser."

crate: $(INSTALLED)  ## Pack the results for an archive, in crate.zip
	theraflow results crate results --out crate.zip

docs: $(INSTALLED)  ## Build the site of the documentation, in docs/site
	sphinx-build --quiet --fail-on-warning --keep-going docs docs/site

report: $(INSTALLED)  ## Pack Snakemake's own report of the demo, as report.zip
	snakemake --configfile config/demo.yaml --report report.zip

test: $(INSTALLED)  ## Run the tests, except the slow ones
	pytest -m "not slow" -n 2 --dist loadgroup

test-slow: $(INSTALLED)  ## Run the slow tests: statistical agreement, full sizes
	pytest -m "slow and not slurm and not chaos" -n 2 --dist loadgroup

test-slurm: $(INSTALLED)  ## Run campaigns on a throw-away Slurm, disturbed and not
	pytest -m slurm tests/slurm -n 2 --dist loadfile

test-chaos: $(INSTALLED)  ## Disturb campaigns in every way, as root, and write docs/reliability.md
	pytest -m chaos tests/chaos --write-reliability

lint: $(INSTALLED)  ## Check style, types, rules and generated documentation
	ruff format --check .
	ruff check .
	mypy
	snakefmt --check Snakefile workflow/Snakefile workflow/rules
	theraflow config document --check
	theraflow config schema --check
	theraflow results document --check
	theraflow results captions --check
	for overlay in config/*.yaml config/examples/*.yaml tests/config/tiny.yaml; do \
	  snakemake --lint --configfile $$overlay; \
	done

format: $(INSTALLED)  ## Format code and rules
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow/Snakefile workflow/rules

reference: $(INSTALLED)  ## Write the references of config and results from the code
	theraflow config document
	theraflow config schema
	theraflow results document
	theraflow results captions
	PYTHONPATH=tests python -m support.bad_inputs

# In an environment of its own: it asks for other versions of packages.
crate-validator: .crate-validator/.installed  ## Install the validator of `make crate`, for the tests

.crate-validator/.installed: .ci/crate-validator.lock
	$(PYTHON) -m venv .crate-validator
	.crate-validator/bin/python -m pip install --quiet --requirement $<
	touch $@

# Torch's CUDA packages are not pinned: they follow from torch, where it is a CUDA build.
lock: NEW := .lock-venv
lock:  ## Pin the newest admitted version of every package
	$(PYTHON) -m venv $(NEW)
	$(NEW)/bin/python -m pip install --editable '.[dev]'
	{ echo '# Made by `make lock` from pyproject.toml; do not edit.'; \
	  $(NEW)/bin/python -m pip freeze --all --exclude pip --exclude-editable \
	  | grep -Ev '^(nvidia-|cuda-|triton)' | sed 's/+cpu$$//'; } > requirements.lock
	rm -rf $(NEW)

clean:  ## Remove the environment and all caches, but no results
	rm -rf $(VENV) docs/site docs/api docs/config.md .crate-validator .mypy_cache .pytest_cache .ruff_cache
	find workflow tests -name __pycache__ -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --requirement requirements.lock
	$(BIN)/python -m pip install --no-deps --no-build-isolation --editable .
	touch $@
