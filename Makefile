# Each target works in a fresh checkout inside an activated virtual environment.
.PHONY: tools lint types test test-quick bench docs site package

tools:  # installed where they are missing
	@python -c 'import hatchling, hydra, mypy, pytest, twine' 2>/dev/null || pip install -e '.[dev]'

lint: tools
	ruff check
	ruff format --check

types: tools
	mypy

test: tools
	pytest

test-quick: tools
	pytest -m 'not slow'

bench: tools  # one search for patches; scripts/bench.py --help lists the others
	python scripts/bench.py matching --px 256 --no-peers

docs: tools  # links, keys and commands of README.md and docs/
	pytest tests/test_docs.py

site:  # the documentation as pages, in build/site
	@python -c 'import mkdocs, mkdocstrings' 2>/dev/null || pip install -e '.[docs]'
	mkdocs build --strict

package: tools  # wheel and sdist, in dist/
	rm -rf dist
	hatchling build
	twine check --strict dist/*
