#!/usr/bin/env bash
# test.sh check | all: the quick loop (format, lints, tests that need neither engine nor browser), or every test there is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

NEXTEST=0.9.143
# Tests are of a program with both deployments.
ROLES=(--features berth/gcp)
nextest() {
  if cargo nextest --version >/dev/null 2>&1; then return; fi
  export PATH="$CACHE/tools/bin:$PATH"
  cargo nextest --version >/dev/null 2>&1 \
    || step "cargo-nextest $NEXTEST, once for this machine" cargo install --quiet --locked --root "$CACHE/tools" "cargo-nextest@$NEXTEST"
}

# The browser's sandbox needs namespaces that root in a container has not; the tests start it accordingly.
browser() { command -v chromium >/dev/null || command -v google-chrome >/dev/null || step "Chromium" apt_install chromium; }

lints() {
  step "format" cargo fmt --all --check
  step "clippy" cargo clippy --locked --quiet --workspace --all-targets "${ROLES[@]}" -- -D warnings
  # One deployment's program carries nothing of the other's.
  step "clippy, one machine's program" cargo clippy --locked --quiet -p berth -- -D warnings
  step "clippy, the cloud's program" cargo clippy --locked --quiet -p berth --no-default-features --features gcp -- -D warnings
  if command -v cargo-deny >/dev/null; then step "cargo deny" cargo deny --offline --log-level error check bans licenses sources; fi
  if command -v shellcheck >/dev/null; then step "shellcheck" shellcheck -x docker/*.sh docker/workspace/*.sh terraform/test.sh monitoring/test.sh .ci/run; fi
}

dashboard() { (cd dashboard && npm run --silent "$1"); }

main() {
  nextest
  # The crate that embeds the dashboard does not compile without it.
  bash docker/dashboard.sh
  # Tests of the cloud adapters start these by themselves; Google's own emulators come with its command line.
  step "stand-ins for Google's services" bash tests/emulators/install.sh
  case $1 in
    check)
      lints
      step "dashboard: lint" dashboard lint
      step "dashboard: types" dashboard typecheck
      step "dashboard: unit tests" dashboard test
      step "unit tests" cargo nextest run --locked --workspace "${ROLES[@]}"
      ;;
    all)
      bash docker/setup.sh
      browser
      step "dashboard: lint" dashboard lint
      step "dashboard: types" dashboard typecheck
      step "dashboard: unit tests" dashboard test
      step "build the tests" cargo build --locked --workspace --all-targets "${ROLES[@]}"
      export BERTH_BIN="${CARGO_TARGET_DIR:-$ROOT/target}/debug/berth"
      if grep -q '"e2e":' dashboard/package.json; then step "dashboard: browser tests" dashboard e2e; fi
      step "all tests" cargo nextest run --locked --workspace "${ROLES[@]}" --profile ci
      step "requests of every kind" bash docker/api-fuzz.sh
      step "images of the roles, and a local cloud of them" bash docker/compose-test.sh "$BERTH_BIN"
      step "infrastructure" bash terraform/test.sh
      step "monitoring" bash monitoring/test.sh
      ;;
    *) die "usage: test.sh check | all" ;;
  esac
}
main "$@"
