#!/usr/bin/env bash
# The benchmarks, against target/release/berth, the real engine and Google's emulators: prints a table and writes target/bench/results.json.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
export CARGO_TARGET_DIR="$ROOT/target"
# One build of everything, `berth` with the roles of both deployments: built one by one, the same crates would be compiled with other features each time.
build() { cargo build --locked --quiet --release -p berth --features berth/gcp -p berth-bench -p berth-fake-cli -p berth-supervisor; }
# Paints the dashboard's pages; its packages are there since its build.
browser() { command -v chromium >/dev/null || step "Chromium" apt_install chromium; }
step "stand-ins for Google's services" bash tests/emulators/install.sh
step "target/release/berth, benchmarks, the stand-in CLI" build
browser
exec target/release/berth-bench "$@"
