# `make` lists the targets. RUSTFLAGS must stay unset: it would replace the configuration's flags, and with them the
# path to libduckdb.

PROFILE ?= dev
SOAK_RUNS ?= 10
SOAK_QUEUE ?= 5000 60 12 1
# Kills of the gateway, seconds of streams through it, and what everything random is drawn from.
SOAK_KILLS ?= 1000
SOAK_SECONDS ?= 600
SOAK_SEED ?= 1
# Rounds of edits on two machines that share a profile.
SOAK_ROUNDS ?= 200

export PATH := $(CURDIR)/.tools/bin:$(PATH)
target := $(or $(CARGO_TARGET_DIR),target)
folder := $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
demo_flags := $(if $(filter 1,$(ONCE)),--once) $(if $(DAYS),--days $(DAYS)) $(if $(CODES),--codes $(CODES))
has_nextest := $(shell command -v cargo-nextest 2>/dev/null)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## install what build, tests and demo need; does nothing the second time
	@sh scripts/setup.sh

.PHONY: demo
demo: setup ## run the whole system over simulated upstreams until Ctrl-C (ONCE=1: one round; DAYS=n CODES=n PROFILE=release)
	cargo build --workspace --bins --profile $(PROFILE)
	$(target)/$(folder)/twilight demo $(demo_flags)

.PHONY: test
test: setup ## run all tests
	@# The system tests start the daemons' own binaries. Asked for together with the tests, they share their dependencies.
	cargo build --workspace --bins --tests
ifneq ($(has_nextest),)
	cargo nextest run --workspace
else
	cargo test --workspace --lib --bins --tests
endif
	cargo test --workspace --doc

.PHONY: lint
lint: setup ## formatting, clippy and documentation without a warning; cargo-deny where it is installed
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	@if command -v cargo-deny >/dev/null; then cargo deny --workspace check --hide-inclusion-graph bans licenses sources; \
	else echo "cargo-deny is not installed: licences and bans are left to the tests"; fi

.PHONY: fmt
fmt: ## format the code
	cargo fmt --all

.PHONY: soak
soak: setup ## run the fault tests again and again (SOAK_RUNS=10), stop at the first failure; then the queue under kills (SOAK_QUEUE="jobs kills restarts seed"), the gateway under kills and streams (SOAK_KILLS, SOAK_SECONDS, SOAK_SEED), two machines with one profile (SOAK_ROUNDS)
	cargo build --workspace --bins --tests
	@run=1; while [ $$run -le $(SOAK_RUNS) ]; do \
		echo "soak: run $$run of $(SOAK_RUNS)"; \
		cargo test --quiet -p job-queue -p warehouse -p system-tests --features system-tests/soak --tests || exit 1; \
		run=$$((run + 1)); \
	done
	cargo run --quiet -p job-queue --example soak -- $(SOAK_QUEUE)
	SOAK_SEED=$(SOAK_SEED) SOAK_GATEWAY_KILLS=$(SOAK_KILLS) SOAK_STREAM_SECONDS=$(SOAK_SECONDS) \
		cargo test --quiet -p system-tests --features system-tests/soak --test system -- --nocapture --test-threads 1 \
		random_kills_lose_no_money streams_without_a_pause
	SOAK_ROUNDS=$(SOAK_ROUNDS) SOAK_SEED=$(SOAK_SEED) \
		cargo test --quiet -p system-tests --features system-tests/soak --test system -- --nocapture \
		two_machines_end_with_the_same_files_and_nothing_is_lost

.PHONY: screenshots
screenshots: setup ## take a picture of every page of the consoles into target/screenshots: desk and phone, light and dark, English and Chinese
	cargo build --workspace --bins --example console_pages
	rm -rf $(target)/screenshots
	$(target)/debug/examples/console_pages $(target)/screenshots

.PHONY: images
images: ## build every container image (HOST=1: from binaries that are compiled here)
	sh scripts/images.sh $(if $(filter 1,$(HOST)),--host)

.PHONY: upgrade
upgrade: setup ## let the programs of another commit write warehouse, books, registry and a host, and go on with this one's (FROM=commit; ARCHIVE=1 keeps it for `make test`)
	@sh scripts/upgrade-check.sh $(if $(filter 1,$(ARCHIVE)),--archive) "$(or $(FROM),HEAD~1)"

.PHONY: bench-data
bench-data: setup ## generate the 12.5-million-row warehouse in data/bench, unless it is there
	cargo bench --workspace --bench figures -- data

.PHONY: bench
bench: setup ## measure what docs/performance.md tells (STEPS="day serve …" for some of it, BENCH=name for another benchmark)
ifneq ($(BENCH),)
	cargo bench --workspace --bench $(BENCH)
else
	bash benches/peers/setup.sh
	@# The figures are those of the daemons' own binaries.
	cargo build --release --workspace --bins --benches
	cargo bench --workspace --bench figures -- $(STEPS)
endif

SEEDS ?= 404,505,606

.PHONY: quality-table
quality-table: setup ## inject corruptions into a synthetic market and write which rule finds which into docs/quality-rules.md (SEEDS=1,2,3)
	cargo run --release -p quality-rules --example quality_rules_doc
	cargo run --release -p system-tests --example detection -- --seeds $(SEEDS)

.PHONY: clean-data
clean-data: ## delete the default warehouse in data/ (asks for CONFIRM=1)
	@if [ ! -d data ]; then echo "there is no data/"; \
	elif [ "$(CONFIRM)" = 1 ]; then rm -rf data && echo "deleted data/"; \
	else du -sh data; echo "this deletes it all: make clean-data CONFIRM=1"; exit 1; fi
