# What a person and CI run, on a machine with Python >= 3.11, make and git.
#   make run PYTHON=python3.12     another Python for .venv
#   make run ARGS="--only hangs"   options of the command behind the target

PYTHON ?= python3
ARGS ?=
WORKERS ?= auto
MINUTES ?= 10
SEED ?=
SCHEDULES ?=
# A worker takes a whole file, the longest first (tests/conftest.py).
# Searches are cut to a seeded slice; browsers, other environments, and the rest of long tables are
# left to `make test-slow`.
SLOW := browser or fuzzing or package or thorough
PYTEST = .venv/bin/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
SHORT := --hypothesis-profile short
FAST = $(SHORT) -m "not ($(SLOW) or hour)"
EXPORT := .venv/bin/uv export --frozen --quiet --no-header --no-annotate --no-emit-workspace

# Node and npm come with the environment; without them on the path nothing synthesizes.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Where Python may not keep bytecode, each worker prepares five hundred test files anew: 15 seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help environment lock run serve chaos verify verify-aws bench compare versions test test-slow coverage docs first-hour \
	style check zizmor dist release clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# uv itself, as requirements.txt pins it; everything else is installed by uv.
.uv/bin/uv: requirements.txt
	@$(PYTHON) -m venv .uv || { rm -rf .uv; echo "$(PYTHON) cannot make environments: install one" \
	"that can (on Debian: apt-get install python3-venv), or name it with PYTHON=" >&2; exit 1; }
	@awk '/^uv==/ { found = 1 } found { print } found && !/\\$$/ { exit }' requirements.txt > .uv/pin.txt
	@.uv/bin/python -m pip --disable-pip-version-check install -qq --no-input --require-hashes -r .uv/pin.txt
	@touch $@

environment: .uv/bin/uv ## Make .venv, or bring it up to date
	@.uv/bin/python checkout_stack/local/environment.py .venv

lock: environment ## Bring uv.lock and requirements.txt to pyproject.toml; ARGS="--upgrade" to the newest
	@.venv/bin/uv lock $(ARGS)
	@{ echo "# Exported from uv.lock by \`make lock\`; do not edit."; $(EXPORT); } > requirements.txt

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

test: environment ## Run every test but the slow ones, the deployed stack's too; WORKERS=0 one after the other
	@$(PYTEST) $(FAST) $(ARGS)

test-slow: environment ## Run what needs a browser, a long search, fresh environments or more of a deployment
	@$(PYTEST) -m "$(SLOW)" $(ARGS)

coverage: environment ## Run fast and thorough tests; print what of runtime and constructs none reaches
	@$(PYTEST) $(SHORT) -m "not (browser or fuzzing or package or hour)" --cov --cov-report=term $(ARGS)

first-hour: environment ## From an empty home to a paid and refunded order, with the wheels alone, as a stranger would
	@.venv/bin/python -m pytest -m hour $(ARGS)

docs: environment ## Build the site below .local/site; a warning fails it. ARGS=serve shows it, and follows changes
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m tools.group docs mkdocs $(or $(ARGS),build --strict)

style: environment ## Check format, lint and types
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy

check: environment ## Everything that CI checks: style, every test, and that no file changes
	@before=$$(git status --porcelain && git diff | git hash-object --stdin) || exit 1; \
	$(MAKE) --no-print-directory style && $(MAKE) --no-print-directory test \
	&& $(MAKE) --no-print-directory test-slow || exit 1; \
	test "$$before" = "$$(git status --porcelain && git diff | git hash-object --stdin)" \
	|| { echo "the checks changed files:" >&2; git status --short >&2; exit 1; }

zizmor: environment ## Look for weaknesses in the workflows; ARGS="--format sarif"
	@.venv/bin/python -m tools.group checkers zizmor --offline $(ARGS) .github

dist: environment ## Build what is published below dist: distributions, browser client, and what is in them
	@rm -rf dist && mkdir -p dist/npm
	@for project in . lambda; do .venv/bin/uv build --quiet --build-constraints requirements.txt \
	--out-dir dist/python $$project || exit 1; done; rm -f dist/python/.gitignore
	@.venv/bin/uv export --frozen --quiet --no-dev --format cyclonedx1.5 --output-file dist/sbom.cdx.json
	@if [ -f clients/browser/package.json ]; then cd clients/browser && npm pack --silent --pack-destination ../../dist/npm; fi

release: environment ## Give every file VERSION=x.y.z, and date the changelog
	@.venv/bin/python -m tools.release prepare $(VERSION)
	@$(MAKE) --no-print-directory lock

clean: ## Remove everything that these targets make
	rm -rf .venv .uv .local node_modules cdk.out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
