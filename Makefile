# The commands of the project. `make demo` and `make test` set up all that they need, in .venv and node_modules.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
FORGE ?= $(firstword $(wildcard contracts/node_modules/@foundry-rs/forge-*-*/bin/forge))

.PHONY: help demo serve test lint test-contracts test-python deep prove slither mutants contracts attacks bench gas lock clean
# halmos needs a `forge` and a `solc` by name, and a solver; `contracts/bin` has what comes as packages.
AUDIT = PATH="$(CURDIR)/contracts/bin:$(CURDIR)/.venv-audit/bin:$(dir $(abspath $(FORGE))):$$PATH"
.DEFAULT_GOAL := help

help: ## What there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.run ## Run the example series through its whole life on an embedded chain
	@$(BIN)/crt demo

serve: .venv/.run ## Serve the HTTP API on an embedded chain, with the example series in the middle of its life
	@mkdir -p build
	@$(BIN)/crt api serve --chain build/serve.db --seed

test: lint test-contracts test-python ## Run every check and every test, Python and Solidity

lint: .venv/.dev ## Style and types
	@echo "==> ruff and mypy"
	@$(BIN)/ruff check && $(BIN)/ruff format --check --quiet && $(BIN)/mypy

test-contracts: contracts/node_modules/.ready ## The Solidity tests
	@echo "==> forge test"
	@test -n "$(FORGE)" || { echo "npm has no forge for this machine: name yours with FORGE=path" >&2; exit 1; }
	@cd contracts && $(abspath $(FORGE)) test

test-python: .venv/.dev contracts/node_modules/.ready tests/javascript/node_modules/.ready ## The Python tests
	@echo "==> pytest"
	@$(BIN)/pytest -n 2 --dist loadscope

deep: .venv/.dev contracts/node_modules/.ready tests/javascript/node_modules/.ready ## The generated tests with very many cases, which take hours: the contracts' (which go on where they were), and the ledger's by fault
	@echo "==> generated lives of the contracts"
	@FORGE="$(abspath $(FORGE))" $(BIN)/python -m bench.deep $(DEEP)
	@echo "==> the ledger, killed and cut off"
	@KILLS=1000 MACHINES=300 PROXIES=20 REORGS=1 FEEDS=300 INDEX_LIVES=300 NETWORKS=all BLOCK_TIME=1 API_CASES=40 $(BIN)/pytest -n 2 \
		--dist loadscope tests/faults tests/events tests/engine/test_index_lives.py tests/services/test_every_network.py \
		tests/chain/test_conformance.py tests/api/test_schema.py

# With halmos' default of 1 ms a branch, z3 was seen to miss its time-out on a busy machine, and to go on for many minutes.
prove: .venv-audit/.ready contracts/node_modules/.ready ## Prove what contracts/proofs says, for all values at once
	@echo "==> halmos"
	@cd contracts && $(AUDIT) FOUNDRY_PROFILE=proofs halmos --forge-build-out ../build/proofs --loop 256 \
		--solver-timeout-branching 20ms --solver-timeout-assertion 5m --no-status $(PROVE)

slither: .venv-audit/.ready contracts/node_modules/.ready ## Look for known mistakes in the contracts; none may be unexplained
	@echo "==> slither"
	@.venv-audit/bin/python -m bench.slither

mutants: .venv/.dev contracts/node_modules/.ready ## Change the contracts in one place at a time: which change does no test notice? Takes hours; goes on where it was
	@$(BIN)/python -m bench.mutants --resume && $(BIN)/python -m bench.mutants --table

contracts: .venv/.dev contracts/node_modules/.ready ## Compile the contracts into contracts/artifacts
	@$(BIN)/python scripts/compile_contracts.py

attacks: .venv/.dev ## What known attacks on the attribution earn, on this repository or on REPO=path
	@$(BIN)/python -m bench.attacks $(REPO)

bench: .venv/.dev contracts/node_modules/.ready ## Time attributing (other repositories with REPOS="path path"), indexing, sending, a payment date, and the HTTP API
	@$(BIN)/python -m bench.attribution $(REPOS)
	@$(BIN)/python -m bench.indexing
	@$(BIN)/python -m bench.throughput
	@$(BIN)/python -m bench.payments
	@$(BIN)/python -m bench.api

gas: .venv/.dev contracts/node_modules/.ready bench/peers/node_modules/.ready ## What transactions cost, beside those of others
	@$(BIN)/python -m bench.gas

lock: .venv/.dev ## Resolve the dependencies anew
	@sh scripts/lock.sh

clean: ## Remove what was set up and built
	rm -rf .venv .venv-audit build contracts/node_modules bench/peers/node_modules tests/javascript/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/.made:
	@echo "==> make the environment .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.made requirements/run.txt pyproject.toml
	@echo "==> install the ledger and what it runs on (locked, with hashes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "==> install what the tests need (locked, with hashes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.venv-audit/.ready: .venv/.made requirements/audit.txt
	@echo "==> install halmos and slither into .venv-audit (locked, with hashes)"
	@$(BIN)/python -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@touch $@

contracts/node_modules/.ready: .venv/.made requirements/node.txt contracts/package-lock.json
	@echo "==> install the compiler, OpenZeppelin and forge"
	@$(BIN)/python scripts/install_packages.py contracts
	@touch $@

tests/javascript/node_modules/.ready: .venv/.made requirements/node.txt tests/javascript/package-lock.json
	@echo "==> install ethers, with which a test drives a receipt"
	@$(BIN)/python scripts/install_packages.py tests/javascript
	@touch $@

bench/peers/node_modules/.ready: .venv/.made requirements/node.txt bench/peers/package-lock.json
	@echo "==> install what the gas is compared with"
	@$(BIN)/python scripts/install_packages.py bench/peers
	@touch $@
