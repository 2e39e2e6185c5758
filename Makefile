# Thin on purpose: what a target does is in docker/*.sh. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help up cloud compose build setup check test bench clean
ARGS ?=

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: build ## set everything up on this machine and start Berth; ARGS="--listen 127.0.0.1:0 --demo" is passed on
	@exec target/release/berth up $(ARGS)

cloud: ## Berth as on Google Cloud, on this machine: emulators, two apis, two runners; Ctrl-C ends everything
	@bash docker/cloud.sh

compose: ## the same in containers, with docker compose; ARGS=down ends it
	@bash docker/compose.sh $(ARGS)

build: setup ## the same without starting: engine, images, dashboard, target/release/berth
	@bash docker/binary.sh

setup: ## engine, images and dashboard only
	@bash docker/setup.sh

check: ## the quick loop: format, lints, unit tests; needs no engine
	@bash docker/test.sh check

test: ## every test, on the real engine and in a real browser
	@bash docker/test.sh all

bench: setup ## the benchmarks: a table, and target/bench/results.json
	@bash docker/bench.sh

clean: ## remove what was built in this checkout; images and downloads stay
	rm -rf target dashboard/dist dashboard/node_modules
