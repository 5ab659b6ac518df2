# Two commands are enough: `make run` and `make test`. The rest is listed by `make help`.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-peers nightly soak year demo assets translations lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  make %-13s %s\n' "$$name" "$$what"; done

run: $(VENV)/.installed ## serve web and worker on 127.0.0.1:8080 with the demo county (PORT=, DATABASE_URL=)
	@exec $(BIN)/reifegrad serve --demo

test: check ## everything, browser tests included (ARGS="tests/engine -k inbox" for a part)
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

check: $(VENV)/.installed-for-tests ## ruff, mypy --strict, the floors and doors of the house
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

bench: $(VENV)/.installed-for-tests ## how fast it is (ARGS="--only complete --db sqlite --json bench.json")
	$(BIN)/python -m tests.bench $(ARGS)

bench-peers: $(VENV)/.installed-for-tests ## the same processes on other engines, in one run; needs Node and PostgreSQL
	$(BIN)/python -m tests.bench.peers $(ARGS)

nightly: $(VENV)/.installed-for-tests ## the property tests with thousands of new examples
	$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile=nightly $(or $(ARGS),tests/engine/spiff tests/engine/definitions)

soak: $(VENV)/.installed-for-tests ## break things under load, then check that nothing is lost (ARGS="--minutes 5 --part kills --db sqlite")
	$(BIN)/python -m tests.soak $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m tests.soak.year && $(BIN)/python -m tests.soak.year --db postgresql)

year: $(VENV)/.installed-for-tests ## a year of the county day by day, every timer real (ARGS="--ideas 300 --db postgresql"); part of soak
	$(BIN)/python -m tests.soak.year $(ARGS)

demo: $(VENV)/.installed ## load the demo county into an empty database (ARGS=--empty: only people and processes)
	$(BIN)/reifegrad demo $(ARGS)

assets: ## build the browser code again; the only target that needs Node
	cd web/assets && npm ci --ignore-scripts --no-audit --no-fund && npm run build

translations: $(VENV)/.installed ## gather and compile the texts of the pages
	@mkdir -p .tools
	$(BIN)/pybabel -q extract -F web/translations/babel.cfg -k N_ --no-location --sort-output -o .tools/messages.pot web
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-pot-creation-date -i .tools/messages.pot -d web/translations
	$(BIN)/pybabel compile -d web/translations

lock: pyproject.toml ## pin every dependency with its hashes (ARGS=--upgrade: newer ones)
	@command -v uv >/dev/null 2>&1 || $(PYTHON) -m pip install -q --target .tools uv
	PATH="$$PATH:.tools/bin" uv pip compile -q $(COMPILE) --group build pyproject.toml -o requirements.lock
	PATH="$$PATH:.tools/bin" uv pip compile -q $(COMPILE) --group build --group test -c requirements.lock pyproject.toml \
		-o requirements-test.lock

COMPILE := --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" $(ARGS)

clean: ## remove environment, caches and build output; var/ with the data stays
	rm -rf $(VENV) .tools build dist test-results .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: made anew when what it is made of has changed.
# uv where it is at hand, else venv, else (Debian without ensurepip) virtualenv in a folder of our own.
$(VENV)/.installed: pyproject.toml requirements.lock
	@$(call install,requirements.lock)
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml requirements-test.lock
	@$(call install,requirements-test.lock)
	@touch $@ $(VENV)/.installed

define install
set -e; \
test -n "$(PYTHON)" || { echo "Reifegrad needs Python 3.11 or newer; none found (PYTHON=/path/to/python3.11 names one)."; exit 1; }; \
echo "Installing $(1) into $(VENV) …"; \
if command -v uv >/dev/null 2>&1; then \
	uv venv -q --allow-existing --python "$(PYTHON)" $(VENV); \
	uv pip install -q --python $(BIN)/python --require-hashes -r $(1); \
	uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .; \
else \
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		rm -rf $(VENV); \
		$(PYTHON) -m pip install -q --target .tools virtualenv && \
		PYTHONPATH=.tools $(PYTHON) -m virtualenv -q $(VENV); } || { \
		echo "$(PYTHON) has neither venv nor pip. On Debian: apt-get install python3-venv"; exit 1; }; \
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; \
fi
endef
