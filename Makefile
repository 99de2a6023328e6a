# Two commands are enough: make demo, make test.
PYTHON ?= python3
VENV   ?= .venv
EXTRAS ?= test
BIN    := $(VENV)/bin

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(BIN)/hub: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.extras-$(EXTRAS): $(BIN)/hub
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]'
	@touch $@

demo: $(BIN)/hub  ## a small country on this machine: core, four agencies, the hub, a page to watch
	$(BIN)/hub demo

test: $(VENV)/.extras-$(EXTRAS)  ## every test; what needs a server or a browser skips and says how to get it
	$(BIN)/python -m pytest

lint: $(VENV)/.extras-$(EXTRAS)  ## style and types
	$(BIN)/ruff check --config .ci/ruff.toml .
	$(BIN)/ruff format --check --config .ci/ruff.toml .
	$(BIN)/mypy

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis

.PHONY: help demo test lint clean
