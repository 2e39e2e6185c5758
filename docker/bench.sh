#!/usr/bin/env bash
# The benchmarks, against target/release/berth and the real engine: prints a table and writes target/bench/results.json.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
export CARGO_TARGET_DIR="$ROOT/target"
build() { cargo build --locked --quiet --release -p berth-bench -p berth-fake-cli -p berth-supervisor; }
# Paints the dashboard's pages; its packages are there since its build.
browser() { command -v chromium >/dev/null || step "Chromium" apt_install chromium; }
step "benchmarks, the stand-in CLI" build
browser
exec target/release/berth-bench "$@"
