# make book       the site, in _build/html (creates .venv on the first call)
# make serve      the site on http://127.0.0.1:8000
# make test       lint, types, unit and property tests, doctests, browser tests of the built site
# make notebooks  chapters/*.ipynb from the text sources
# make picture    the README's picture of a page, from the built site
# make clean      remove everything that was built, except .venv

PYTHON ?= python3
PORT   ?= 8000
BIN    := .venv/bin
HTML   := _build/html

.PHONY: book serve test notebooks picture clean
.DEFAULT_GOAL := book

book: .venv/book.stamp
	$(BIN)/jupyter-book build . -W --keep-going -n
	@echo "The book: $(CURDIR)/$(HTML)/index.html"

serve:
	@test -f $(HTML)/index.html || { echo "Run 'make book' first."; exit 1; }
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory $(HTML) $(PORT)

test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(BIN)/python -m dlmbook.site chromium
	$(BIN)/pytest

notebooks: .venv/book.stamp
	$(BIN)/python -m dlmbook.site notebooks

picture: .venv/test.stamp
	$(BIN)/python -m dlmbook.site picture chapters/images/page.webp

clean:
	rm -rf _build chapters/*.ipynb .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp is older than what it was made from exactly when the environment is out of date.
.venv/book.stamp: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make book PYTHON=/path/to/python3"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e .
	@touch $@

.venv/test.stamp: .venv/book.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e '.[test]'
	@touch $@
