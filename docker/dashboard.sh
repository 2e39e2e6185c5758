#!/usr/bin/env bash
# The dashboard: its packages (as locked, when the lock changed) and, unless called with --packages, its build in dashboard/dist.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# Not `npm ci`: a registry that does not carry the builds of some native tools for other platforms leaves them out of the lock, which
# `npm ci` refuses. Versions are the lock's either way, and the lock is left alone.
packages() { npm install --no-save --no-audit --no-fund --loglevel error; }
build() { npm run --silent build; }

main() {
  local lock sources
  need npm "install Node.js 20.19 or newer with npm"
  cd "$ROOT/dashboard"
  lock=$(fingerprint dashboard/package-lock.json </dev/null)
  if [ -d node_modules ] && unchanged dashboard-packages "$lock"; then
    say "--- dashboard packages: unchanged"
  else
    step "dashboard packages" packages
    finished dashboard-packages "$lock"
  fi
  [ "${1:-}" != --packages ] || return 0

  sources=$(fingerprint dashboard docs/api </dev/null)
  if [ -f dist/index.html ] && unchanged dashboard "$sources"; then
    say "--- dashboard: unchanged"
  else
    step "dashboard" build
    finished dashboard "$sources"
  fi
}
main "$@"
