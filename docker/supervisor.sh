#!/usr/bin/env bash
# The static supervisor, PID 1 of every workspace: target/supervisor/TRIPLE/release/berth-supervisor, whose path it prints last.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

triple=$(rustc -vV | sed -n 's/^host: //p')
# A target folder of its own, so that its flags do not make cargo compile everything else anew; no path of this machine in the file,
# so that every checkout makes the same one and the image's inputs stay the same.
cd "$ROOT"
CARGO_TARGET_DIR="$ROOT/target/supervisor" \
  RUSTFLAGS="-C target-feature=+crt-static --remap-path-prefix=$ROOT=/berth --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
  cargo build --quiet --locked --release -p berth-supervisor --bin berth-supervisor --target "$triple" >&2
printf '%s\n' "$ROOT/target/supervisor/$triple/release/berth-supervisor"
