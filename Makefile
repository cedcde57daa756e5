# Segue. Two commands matter: `make run` and `make test`.
#
#   make run                        set up, build the demo's catalogue, recommend once, serve on 127.0.0.1:8000
#   make run LIBRARY=/path/to/music the same with your own music instead of the demo's
#   make demo                       the same as run without serving
#   make test                       set up and check everything: lint, types, layers, tests, coverage
#   make clean                      remove what these made, except catalogues of your own music
#
# PYTHON=python3.12                 another interpreter, 3.11 or later
# TORCH_INDEX=https://download.pytorch.org/whl/cpu
#                                   where pip finds a CPU build of torch; the default wheel on Linux brings CUDA along

PYTHON ?= python3
TORCH_INDEX ?=
HOST ?= 127.0.0.1
PORT ?= 8000
N_TEST_WORKERS ?= 2

export LIBRARY
export SEGUE_DEMO ?= demo
export SEGUE_CATALOGUE ?= $(if $(LIBRARY),catalogue,$(SEGUE_DEMO)/catalogue)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -c constraints.txt
CLEARED := env -u SEGUE_CATALOGUE -u SEGUE_DEMO -u LIBRARY OMP_NUM_THREADS=1

.PHONY: run demo test check lint types layers tests clean help
.DELETE_ON_ERROR:

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run: demo
	@exec $(BIN)/segue serve --host "$(HOST)" --port "$(PORT)"

demo: .venv/ready
	@$(BIN)/segue demo $(if $(LIBRARY),--library "$$LIBRARY")

test: check
check: lint types layers tests

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready-dev
	$(BIN)/mypy

layers: .venv/ready-dev
	$(BIN)/lint-imports

tests: .venv/ready-dev
	$(CLEARED) $(BIN)/pytest -n $(N_TEST_WORKERS) --cov --cov-report=term:skip-covered

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Segue needs Python 3.11 or later; PYTHON=python3.12 names another one." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "This Python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e .
	@touch $@

.venv/ready-dev: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e '.[dev]'
	@touch $@ .venv/ready

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
