# What people and CI run. `make help` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= python3
UV ?= uv
FUZZ_SECONDS ?= 60

# Python keeps what it compiles, also where that is switched off: each process would compile the libraries again.
export PYTHONDONTWRITEBYTECODE :=

READERS := $(addprefix tests/,unit/documents/test_strict_json.py unit/proving/test_artifacts.py \
  unit/proving/test_binary_files.py unit/proving/test_inputs.py unit/venue_data/test_venue_data.py unit/venues/test_deribit.py \
  unit/snapshot/test_snapshot.py unit/settlement/test_book.py integration/test_native_core.py \
  integration/test_r1cs_files.py integration/test_witness_calculator.py)

# A file's tests share a chain or a market, so they stay together; in the order of names, long files do not come last.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
CRATE := prover/native
CARGO := $(shell command -v cargo)
CRATE_FILES := $(shell find $(CRATE) \( -name target -o -name fuzz \) -prune -o -type f -print 2>/dev/null)

# Each stamp lies inside what it describes, so deleting that is enough to have it made again.
PYTHON_READY := .venv/.python-ready
NATIVE_READY := .venv/.native-ready
NODE_READY := node_modules/.node-ready
SLITHER := build/slither/venv
SLITHER_READY := $(SLITHER)/.slither-ready
HALMOS := build/halmos/venv
HALMOS_READY := $(HALMOS)/.halmos-ready
DOCS := build/docs/venv
DOCS_READY := $(DOCS)/.docs-ready
WHEELS := build/wheels/venv
WHEELS_READY := $(WHEELS)/.wheels-ready
# On Linux, linked by zig against an old C library: the wheel runs on every distribution since 2014.
MANYLINUX := $(if $(filter Linux,$(shell uname)),--zig --compatibility manylinux2014)

.PHONY: help setup demo test system unit native contracts integration web coverage check lint lint-python lint-rust slither halmos slow drift fuzz
.PHONY: docs pictures wheels wheels-test fmt bench bench-others bless lock clean cargo-wanted cargo-needed

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 12

setup: $(PYTHON_READY) $(NODE_READY) $(if $(CARGO),$(NATIVE_READY),cargo-wanted) ## Install everything into .venv and node_modules

demo: setup ## From market data to a proof on a chain, and a day of a market that settles by proofs
	$(BIN)/python examples/demo.py

# In turn; pip uses one core, so the native core's tests are compiled beside it. In CI, a test that is skipped for want of a
# browser fails.
test: cargo-needed $(if $(filter true,$(CI)),system) ## Every layer of tests, lint included; prints the time of each
	@said=; trap 'printf "%sall: %s s\n" "$$said" $$SECONDS' EXIT; \
	for layer in "setup native" lint unit contracts integration web; do \
	  begun=$$SECONDS; code=0; \
	  $(MAKE) -j2 --no-print-directory $$layer || code=$$?; \
	  said+="$$layer: $$((SECONDS - begun)) s"$$'\n'; \
	  if [ $$code != 0 ]; then said+="$$layer failed"$$'\n'; exit $$code; fi; \
	done

# Chromium, which the tests of pages drive.
system: ## Install Debian's packages that tests need; as root, or with sudo
	@for name in chromium chromium-browser google-chrome; do ! command -v $$name >/dev/null || exit 0; done; \
	command -v apt-get >/dev/null || { echo "make system knows Debian's apt-get only: install Chromium yourself" >&2; exit 1; }; \
	as_root=; if [ "$$(id -u)" != 0 ]; then \
	  command -v sudo >/dev/null || { echo "make system needs root: run it as root, or install sudo" >&2; exit 1; }; \
	  as_root=sudo; fi; \
	$$as_root apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -qq --yes --no-install-recommends chromium

unit: $(PYTHON_READY) $(if $(CARGO),$(NATIVE_READY),cargo-wanted) ## Python tests that need neither node nor a chain
	$(BIN)/python -m pytest $(PARALLEL) tests/unit

# The lint compiles the examples too, as far as a check needs.
native: cargo-needed ## Tests of the native core, in Rust
	cd $(CRATE) && cargo test --lib --tests --no-default-features --locked
	cd $(CRATE) && ZKMARGIN_NO_IFMA=1 cargo test --lib --no-default-features --locked msm

contracts: $(PYTHON_READY) $(NODE_READY) ## Format, tests, storage, gas and size of the contracts
	$(BIN)/python verifier_contracts/tools/forge.py

integration: cargo-needed setup ## Python tests of circuits, provers, a local chain and the command line
	$(BIN)/python -m pytest $(PARALLEL) tests/integration

web: cargo-needed setup ## The packages and pages for browsers: build and tests
	$(MAKE) -C web --no-print-directory

# Not part of make test: measuring makes the tests take more than twice as long on Python 3.11.
coverage: cargo-needed setup ## Lines and branches that the Python tests reach, by file in build/coverage/html
	rm -rf build/coverage
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=html --cov-report=term tests

check: lint slither halmos test slow drift fuzz ## lint, slither, halmos, make test, slow tests, drift of committed data, bounded fuzzing

lint: lint-python lint-rust ## Style, types and lints, Python and Rust

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/diagrams/draw.py --check

lint-rust: cargo-needed
	cd $(CRATE) && cargo fmt --check
	cd $(CRATE) && cargo clippy --all-targets --locked -- -D warnings

slither: $(PYTHON_READY) $(NODE_READY) $(SLITHER_READY) ## Look for known mistakes in the contracts
	$(BIN)/python verifier_contracts/tools/slither.py $(SLITHER)/bin/slither

halmos: $(PYTHON_READY) $(NODE_READY) $(HALMOS_READY) ## Prove the accounting of the contracts for all inputs within bounds
	$(BIN)/python verifier_contracts/tools/halmos.py $(HALMOS)/bin/halmos

# Never with -q: MkDocs then exits with 0 on a broken link. Strict mode is set in mkdocs.yml.
docs: $(PYTHON_READY) $(NODE_READY) $(DOCS_READY) ## Build the documentation site into build/docs/site
	$(BIN)/python docs/tools/reference.py build/docs/reference
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build

pictures: setup ## Draw the pictures of the README again (needs Chromium)
	$(BIN)/python docs/tools/pictures.py

wheels: cargo-needed $(PYTHON_READY) $(WHEELS_READY) ## Build the distributions of a release into dist
	rm -rf dist
	PATH="$(CURDIR)/$(WHEELS)/bin:$$PATH" maturin build --release --locked $(MANYLINUX) -m $(CRATE)/Cargo.toml -o dist
	$(WHEELS)/bin/maturin sdist -m $(CRATE)/Cargo.toml -o dist
	$(WHEELS)/bin/python -m hatchling build -d dist
	$(WHEELS)/bin/twine check --strict dist/*

wheels-test: setup wheels ## Install what make wheels builds outside the checkout, and get started with it
	WHEELS=$(CURDIR)/dist $(BIN)/python -m pytest tests/integration/test_get_started.py tests/integration/test_light_install.py

fmt: cargo-needed $(PYTHON_READY) ## Format Python and Rust
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	cd $(CRATE) && cargo fmt

bench: cargo-needed setup ## Measure, and make docs/benchmarks.md; BENCH="--only prove --circuits margin_13" measures a part
	$(BIN)/python benchmarks/run.py $(BENCH)

bench-others: setup ## Print what batches, proofs of solvency, ceremonies and an install cost
	$(BIN)/python benchmarks/clearing.py
	$(BIN)/python benchmarks/solvency.py --accounts 64 --positions 2
	$(BIN)/python benchmarks/ceremony.py
	$(BIN)/python benchmarks/install.py

bless: setup ## Renew the committed test vectors and snapshots
	node tests/vectors/generate_poseidon.mjs
	node tests/vectors/generate_eddsa.mjs
	node tests/vectors/generate_ceremony.mjs
	$(BIN)/python tests/vectors/generate_margin.py
	$(BIN)/python tests/vectors/generate_horner.py
	$(BIN)/python tests/vectors/generate_normal.py
	$(BIN)/python tests/vectors/generate_black76.py
	$(BIN)/python tests/vectors/generate_batches.py
	$(BIN)/python tests/snapshot_constraints.py
	$(BIN)/python benchmarks/instances.py --table
	$(BIN)/python benchmarks/market_gas.py --table
	$(BIN)/python benchmarks/run.py --page
	$(BIN)/python verifier_contracts/tools/forge.py --bless
	$(BIN)/python verifier_contracts/tools/abis.py

lock: ## Renew the lock files (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv" >&2; exit 1; }
	$(UV) pip compile pyproject.toml --group dev --extra all --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements/dev.txt
	$(UV) pip compile requirements/slither.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements/slither.txt
	$(UV) pip compile requirements/halmos.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements/halmos.txt
	$(UV) pip compile requirements/docs.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements/docs.txt
	$(UV) pip compile requirements/wheels.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements/wheels.txt
	npm install --package-lock-only
	cd web && npm install --package-lock-only

clean: ## Remove all that the tools made, .venv and node_modules included
	$(MAKE) -C web --no-print-directory clean
	rm -rf .venv node_modules build dist $(CRATE)/target .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find prover tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

slow: setup
	$(BIN)/python verifier_contracts/tools/forge.py --full
	$(BIN)/python -m pytest $(PARALLEL) -m "slow or hypothesis" --hypothesis-profile=full

drift: setup
	node tests/vectors/generate_poseidon.mjs --check
	node tests/vectors/generate_eddsa.mjs --check
	node tests/vectors/generate_ceremony.mjs --check
	node tests/vectors/check_margin.mjs
	$(BIN)/python tests/vectors/generate_margin.py --check
	$(BIN)/python tests/vectors/generate_horner.py --check
	$(BIN)/python tests/vectors/generate_normal.py --check
	$(BIN)/python tests/vectors/generate_black76.py --check
	$(BIN)/python tests/vectors/generate_batches.py --check
	$(BIN)/python tests/snapshot_constraints.py --check
	$(BIN)/python verifier_contracts/tools/abis.py --check

fuzz: cargo-needed setup
	$(MAKE) -C $(CRATE) fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)
	$(BIN)/python -m pytest --hypothesis-profile=fuzz $(READERS)

cargo-needed:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust (https://rustup.rs) first" >&2; exit 1; }

cargo-wanted:
	@echo "cargo is missing, so the native core is not built: keys take minutes instead of seconds, and proofs are" >&2
	@echo "made by snarkjs. Install Rust (https://rustup.rs) and run make setup again." >&2

$(PYTHON_READY): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer, as in make setup PYTHON=python3.12" >&2; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# In an environment of its own: it asks for an older web3 than ours.
$(SLITHER_READY): requirements/slither.txt | $(PYTHON_READY)
	$(PYTHON) -m venv --clear $(SLITHER)
	$(SLITHER)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/slither.txt
	@touch $@

# In an environment of its own: it asks for an older rich than ours.
$(HALMOS_READY): requirements/halmos.txt | $(PYTHON_READY)
	$(PYTHON) -m venv --clear $(HALMOS)
	$(HALMOS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/halmos.txt
	@touch $@

# In an environment of its own: nothing of it is needed to work on the code.
$(DOCS_READY): requirements/docs.txt | $(PYTHON_READY)
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/docs.txt
	@touch $@

# In an environment of its own: zig alone takes 400 MB.
$(WHEELS_READY): requirements/wheels.txt | $(PYTHON_READY)
	$(PYTHON) -m venv --clear $(WHEELS)
	$(WHEELS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/wheels.txt
	@touch $@

$(NODE_READY): package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer" >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || \
	  { echo "node $$(node --version) is too old: Node.js 20 or newer" >&2; exit 1; }
	npm ci --loglevel=error
	@touch $@

$(NATIVE_READY): $(PYTHON_READY) $(CRATE_FILES)
	cd $(CRATE) && env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/.venv $(CURDIR)/$(BIN)/maturin develop --release --locked
	@touch $@
