# Two commands matter: make book and make test. make help lists the rest.
.DEFAULT_GOAL := help
.PHONY: help book serve test lint notebooks results checks processors live bench pdf zip clean venv
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: ## make or update the virtual environment .venv (the other targets do it themselves)
	@$(PYTHON) tools/environment.py

export PYODIDE
book: venv ## build the site into _build/html from the stored outputs (PYODIDE=FOLDER or archive: where the page's Python is)
	@$(PY) tools/pages.py build

serve: book ## build the site and serve it on this machine only (PORT=8000)
	@$(PY) tools/pages.py serve --port $(PORT)

lint: venv ## style and types
	@$(PY) -m ruff check .
	@$(PY) -m mypy

test: lint book ## everything: style, types, the site, every unit test, every notebook; the last line counts the tests
	@$(PY) -m pytest -n 2 --dist loadfile -q

notebooks: venv ## execute the chapters that changed (NAMES="01_sequences" for some, FORCE=1 for all)
	@$(PY) tools/notebooks.py make $(NAMES) $(if $(FORCE),--force)

results: venv ## say which stored results are current, stale or incomplete (and write book/results.md)
	@$(PY) tools/results.py

checks: venv ## try every right and wrong answer on every exercise with twenty seeds, and write book/checks.md (half an hour)
	@$(PY) tools/checks_report.py

processors: venv ## run each chapter as other processors would: do its claims hold there? (NAMES="05_bptt"; resumable, an hour)
	@$(PY) tools/processors.py run $(NAMES)

live: book ## measure which cells run in the page's Python, in Chromium (NAMES="05_bptt"; writes book/live.json)
	@$(PY) tools/live/measure.py $(NAMES)

bench: venv ## measure the speed of the layers on this machine
	@$(PY) benchmarks/cpu.py
	@if $(PY) -c "import sys, torch; sys.exit(not torch.cuda.is_available())"; then \
		$(PY) benchmarks/gpu.py --json benchmarks/results/gpu.json; \
	else echo "no CUDA device here: benchmarks/gpu.py was not run"; fi

pdf: book ## the book as one file to print
	@$(PY) tools/pdf.py

zip: book ## the built site as one file, to read without a network
	@$(PY) tools/pages.py zip

clean: ## remove what was built; the virtual environment stays
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache build dist
