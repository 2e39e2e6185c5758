#!/usr/bin/env bash
# target/release/berth, in this checkout whatever CARGO_TARGET_DIR says. Cargo itself knows what has changed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

build() { CARGO_TARGET_DIR="$ROOT/target" cargo build --locked --release -p berth; }

cd "$ROOT"
step "target/release/berth" build
