#!/usr/bin/env bash
# Writes the lock files of the workspace image anew from requirements.in, build-requirements.in and cli/package.json.
# Run by hand to take newer versions; the locks are committed and hold hashes, but no address of any registry.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT/docker/workspace"
PYTHON_OF_THE_IMAGE=3.11

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --require-hashes --no-deps -r build-requirements.txt
lock() {
  "$work/venv/bin/uv" pip compile -q --native-tls --upgrade --no-config --find-links "" --python-platform linux --python-version "$PYTHON_OF_THE_IMAGE" \
    --generate-hashes --no-annotate --no-header "$1.in" -o "$1.txt"
}
step "lock requirements.txt" lock requirements
step "lock build-requirements.txt" lock build-requirements
step "lock cli/package-lock.json" npm --prefix cli install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund
