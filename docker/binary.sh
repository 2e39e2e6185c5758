#!/usr/bin/env bash
# binary.sh [cloud]: target/release/berth, in this checkout whatever CARGO_TARGET_DIR says; or target/cloud/release/berth, which has the roles
# on Google Cloud and nothing of the single machine. Cargo itself knows what has changed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

build() { CARGO_TARGET_DIR="$ROOT/$1" cargo build --locked --release -p berth "${@:2}"; }

cd "$ROOT"
case ${1:-} in
  "") step "target/release/berth" build target ;;
  cloud) step "target/cloud/release/berth" build target/cloud --no-default-features --features gcp ;;
  *) die "usage: binary.sh [cloud]" ;;
esac
