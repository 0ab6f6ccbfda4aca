# Two commands matter: make book and make test. make help lists the rest.
.DEFAULT_GOAL := help
.PHONY: help book serve test test-lower lint notebooks results checks processors live look site-full bench pdf zip clean venv
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

export TORCH
venv: ## make or update the virtual environment .venv (the other targets do it themselves; TORCH=no leaves PyTorch out)
	@$(PYTHON) tools/environment.py

export PYODIDE
book: venv ## build the site into _build/html from the stored outputs (PYODIDE=FOLDER or archive: where the page's Python is)
	@$(PY) tools/pages.py build

serve: book ## build the site and serve it on this machine only (PORT=8000)
	@$(PY) tools/pages.py serve --port $(PORT)

lint: venv ## style and types
	@$(PY) -m ruff check .
	@if $(PY) -c "import sys, importlib.util as u; sys.exit(u.find_spec('torch') is None)"; then $(PY) -m mypy; \
	else echo "types were not checked: that needs PyTorch, which was left out"; fi

test: lint book ## everything: style, types, the site, every unit test, every notebook; the last line counts the tests
	@$(PY) -m pytest -n 2 --dist loadfile -q

test-lower: ## the tests with the lowest versions that pyproject.toml allows, on Python 3.11, in .venv-lower (without the site)
	@$(PYTHON) tools/lowest.py
	@.venv-lower/bin/python -m pytest -n 2 --dist loadfile -q --ignore=tests/site

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

look: venv ## pictures of interactive figures in _build/look: phone and desk, light, dark, without JavaScript (NAMES="clipping")
	@$(PY) tools/look.py $(NAMES)

site-full: book ## try a stub and a wrong answer of every exercise in the page's Python, not of one a chapter
	@RNNCOURSE_SITE_FULL=1 $(PY) -m pytest -n 0 -q tests/site/test_live.py

bench: venv ## measure the speed of the layers on this machine
	@$(PY) benchmarks/cpu.py
	@$(PY) benchmarks/glimpses.py
	@if $(PY) -c "import sys, torch; sys.exit(not torch.cuda.is_available())"; then \
		$(PY) benchmarks/gpu.py --json benchmarks/results/gpu.json; \
	else echo "no CUDA device here: benchmarks/gpu.py was not run"; fi

pdf: book ## the book as one file to print
	@$(PY) tools/pdf.py

zip: book ## the built site as one file, to read without a network
	@$(PY) tools/pages.py zip

clean: ## remove what was built; the virtual environment stays
	@rm -rf _build .pytest_cache .mypy_cache .ruff_cache build dist
