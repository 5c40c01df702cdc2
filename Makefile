# The command list. `make` prints it; `make demo` and `make test` set up all they need.

# Where Rust builds: one folder for everything, because the engine takes long to compile. CI and
# people with several clones set it outside of them.
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
JOBTIDE := $(CARGO_TARGET_DIR)/debug/jobtide

# Always the whole workspace: building one crate alone switches features of shared crates and would
# compile the engine a second time.
CARGO_BUILD := cargo build --locked --workspace --bins
CARGO_TEST := cargo test --locked --workspace

REAL_DATA ?= $(abspath ../shared/data)

.PHONY: help demo build test test-rust test-web test-crash test-chaos test-chaos-tenth test-airflow e2e test-real lint format bench bench-load bench-scheduler soak openapi clean

help: ## Print this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: build ## Everything, offline: simulate, collect, build, serve on http://127.0.0.1:8080
	$(JOBTIDE) demo

build: web/dist/index.html ## Build the program with the page in it
	@echo "building the program: about 10 minutes the first time, most of it the SQL engine"
	$(CARGO_BUILD)

test: lint test-web test-rust e2e ## Run all tests
	@echo "all tests passed"

test-rust: web/dist/index.html ## Rust and SQL tests
	@sh crates/jobtide/tests/nginx.sh
	$(CARGO_TEST)

test-web: web/node_modules/.installed ## Tests and type checks of the page
	cd web && npm run --silent check && npm run --silent lint && npm test --silent

test-crash: web/dist/index.html ## Kill the program 50 times while it works, and compare the tables (minutes)
	JOBTIDE_KILLS=50 $(CARGO_TEST) --test product -- --nocapture a_kill_at_any_moment

test-chaos: web/dist/index.html ## Power cuts, kills, full disks, flipped bits, foreign files (root; half an hour)
	JOBTIDE_KILLS=50 $(CARGO_TEST) --test product -- --nocapture a_kill_at_any_moment
	JOBTIDE_KILLS=50 $(CARGO_TEST) --test product -- --nocapture two_share_the_intervals
	JOBTIDE_CHAOS_PERCENT=100 $(CARGO_TEST) --test chaos -- --nocapture --test-threads 1

test-chaos-tenth: web/dist/index.html ## A tenth of it, without the kills, which `make test` has
	JOBTIDE_CHAOS_PERCENT=10 $(CARGO_TEST) --test chaos -- --nocapture

test-airflow: build ## The files of `jobtide airflow` under Airflow 3, against the simulator (installs 300 MB the first time)
	python3 crates/jobtide/tests/airflow/check.py --jobtide $(JOBTIDE) --cache $(CARGO_TARGET_DIR)

e2e: build web/node_modules/.installed ## The page in a real browser, served by the real program
	@sh web/e2e/chromium.sh --install >/dev/null
	sh web/e2e/run.sh $(JOBTIDE)
	sh web/e2e/run.sh $(JOBTIDE) saved known answers
	sh web/e2e/run.sh $(JOBTIDE) gap known

# Two stores: all that was collected in 2026, and single answers of 2021 to 2024. The path of the folder has
# no space and no comma.
REAL_2026 = $(REAL_DATA)/saramin/postings_2026_real.jsonl
REAL_BEFORE = $(wildcard $(REAL_DATA)/saramin/samples/202*.json)
comma := ,
empty :=
space := $(empty) $(empty)

test-real: build web/node_modules/.installed ## The real data in ../shared/data: tables against independent counts, pages against SQL
	JOBTIDE_REAL_DATA=$(REAL_DATA) $(CARGO_TEST) --test real
	@sh web/e2e/chromium.sh --install >/dev/null
	sh web/e2e/run.sh $(JOBTIDE) $(REAL_2026) known tasks answers
	sh web/e2e/run.sh $(JOBTIDE) $(subst $(space),$(comma),$(REAL_BEFORE)) known answers

lint: web/dist/index.html ## Formatting, and Clippy
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --quiet -- --deny warnings

format: ## Format everything
	cargo fmt --all
	cd web && npm run --silent format

bench: ## Benchmarks against DuckDB; builds the release program first (long)
	cargo build --locked --release --workspace --bins
	python3 bench/run.py --jobtide $(CARGO_TARGET_DIR)/release/jobtide

bench-load: ## Load the server beside an honest client; builds the release program first (long)
	cargo build --locked --release --workspace --bins
	python3 bench/load.py --jobtide $(CARGO_TARGET_DIR)/release/jobtide

bench-scheduler: ## What the scheduler costs, by itself and in the program; builds the release program first (long)
	cargo bench --locked --workspace --bench engine
	cargo build --locked --release --workspace --bins
	python3 bench/scheduler.py --jobtide $(CARGO_TARGET_DIR)/release/jobtide

soak: ## Half an hour of accelerated schedules with builds: memory, disk, open files; builds the release program first
	cargo build --locked --release --workspace --bins
	python3 bench/soak.py --jobtide $(CARGO_TARGET_DIR)/release/jobtide

openapi: build web/node_modules/.installed ## Write docs/openapi.json and the page's types again
	$(JOBTIDE) openapi > docs/openapi.json
	cd web && npm run --silent types

clean: ## Remove what was built here (not the Rust build folder)
	rm -rf web/dist web/node_modules jobtide-demo

web/node_modules/.installed: web/package.json web/package-lock.json
	@echo "installing the page's build tools"
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(shell find web/src web/index.html web/vite.config.ts web/public -type f 2>/dev/null)
	@echo "building the page"
	cd web && npm run --silent build
