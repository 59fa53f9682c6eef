# What a person and CI run, on a machine with Python >= 3.11, make and git.
#   make run PYTHON=python3.12     another Python for .venv
#   make run ARGS="--only hangs"   options of the command behind the target

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
ARGS ?=
WORKERS ?= auto
MINUTES ?= 10
SEED ?=
SCHEDULES ?=
# Searches are cut to a seeded slice; browsers and environments beside .venv are left out.
FAST := --hypothesis-profile short -m "not (browser or fuzzing or package)"

# Node and npm come with the environment; without them on the path nothing synthesizes.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help environment run serve chaos verify verify-aws bench compare versions test coverage check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

environment: ## Make .venv, or bring it up to date
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 found: install one, or name it with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -P checkout_stack/local/environment.py .venv --requirements requirements.txt --project .

run: environment ## Deploy to a local AWS, resubmit, break things, and show what came of it; QUICK=1 breaks nothing
	@.venv/bin/checkout local run $(if $(QUICK),--quick) $(ARGS)

serve: environment ## Deploy to a local AWS and leave it up until Ctrl-C
	@.venv/bin/checkout local serve $(ARGS)

chaos: environment ## Break everything for MINUTES=10 under load, then compare ledger and table
	@.venv/bin/checkout local chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

verify: environment ## Search for a double charge: SCHEDULES=n, SEED=first, or ARGS="--seed n" to replay
	@.venv/bin/python -m simulator $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(SEED),--first-seed $(SEED)) $(ARGS)

verify-aws: environment ## Hold the simulator's models against the AWS account of your credentials
	@CHECKOUT_VERIFY_AWS=1 .venv/bin/python -m pytest tests/simulator/contracts $(ARGS)

bench: environment ## Compare this checkout with what users would pick instead, and write bench/results
	@.venv/bin/python -m bench $(ARGS)

compare: environment ## Play seven checkouts under the same buyer and the same faults, and write what came of it
	@.venv/bin/python -m bench.compare --write $(ARGS)

versions: environment ## Test on the oldest and newest aws-cdk-lib and each Python that is here
	@.venv/bin/python -m tools.versions $(ARGS)

test: environment ## Run the fast tests, the deployed stack's too; WORKERS=0 one after the other
	@.venv/bin/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(FAST) $(ARGS)

coverage: environment ## Run the fast tests and print what of the runtime and the constructs none reaches
	@.venv/bin/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(FAST) --cov --cov-report=term $(ARGS)

check: environment ## Everything that CI checks: format, lint, types, tests, and that no file changes
	@before=$$(git status --porcelain && git diff | git hash-object --stdin) || exit 1; \
	.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy \
	&& .venv/bin/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(FAST) $(ARGS) || exit 1; \
	test "$$before" = "$$(git status --porcelain && git diff | git hash-object --stdin)" \
	|| { echo "the checks changed files:" >&2; git status --short >&2; exit 1; }

clean: ## Remove everything that these targets make
	rm -rf .venv .local node_modules cdk.out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
