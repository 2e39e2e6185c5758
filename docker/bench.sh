#!/usr/bin/env bash
# The benchmarks, against target/release/berth and the real engine: prints a table and writes target/bench/results.json.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
mkdir -p target/bench
CARGO_TARGET_DIR="$ROOT/target" exec cargo run --locked --quiet --release -p berth-bench
