# apitap: one command for each thing a developer does. `make help` lists them.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help setup setup-deny demo test check lint fmt fmt-check clippy doc deny bench fuzz clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: ## install the Debian packages that building needs (quiet when they are there)
	@scripts/setup.sh

setup-deny: ## install cargo-deny from source (several minutes)
	$(CARGO) install --locked cargo-deny

demo: setup ## record or make the traffic of a small shop; show its endpoints, a finding and why
	@scripts/demo.sh

test: setup ## every test of the workspace; then those of the pipeline again, with limits so small that all are reached
	$(CARGO) test --workspace --locked
	$(CARGO) test -p pipeline --features tiny-limits --test determinism --locked

check: test lint ## what CI runs: tests, formatting, lints, docs, dependency rules

lint: fmt-check clippy doc deny ## check without the tests

fmt: ## format the code
	$(CARGO) fmt --all

fmt-check:
	$(CARGO) fmt --all --check

clippy: setup
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc: setup
# Module tables name private modules: they are for those who work here.
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc --workspace --no-deps --locked

# Building cargo-deny takes longer than everything else together, and its advisory list comes from a Git host. So the
# licences are checked by the tidy test in `make test`, and this step runs only where cargo-deny is installed.
deny: ## dependency rules of deny.toml, when cargo-deny is installed
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
	  $(CARGO) deny --locked check bans licenses sources; \
	  if [ -n "$$ADVISORIES" ]; then $(CARGO) deny --locked check advisories; \
	  else echo "deny: advisories not checked (ADVISORIES=1 make deny; needs the network)"; fi; \
	else echo "deny: cargo-deny is not installed (make setup-deny); licences were checked by the tidy test"; fi

bench: setup ## benchmarks (see docs/benchmarks.md)
	@$(CARGO) test --release -q -p discovery --test floods -- --ignored
	@scripts/bench-estate.sh
	@scripts/bench-crowd.sh
	@scripts/bench.sh

fuzz: setup ## every fuzz target for FUZZ_SECONDS each (needs a nightly toolchain and cargo-fuzz)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz.sh

clean: ## remove what was built
	$(CARGO) clean
