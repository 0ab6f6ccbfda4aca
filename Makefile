# Two commands matter: make book and make test. make help lists the rest.
.DEFAULT_GOAL := help
.PHONY: help notebooks
PY := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

notebooks: ## execute the chapters that changed (NAMES="01_sequences" for some, FORCE=1 for all)
	$(PY) tools/notebooks.py make $(NAMES) $(if $(FORCE),--force)
