#!/usr/bin/env bash
# api-fuzz.sh: schemathesis against a running server. Out of the OpenAPI document it makes requests for every route, right ones and
# wrong ones, always the same, and fails on an answer that is a server error or not what the document says. BERTH_BIN is the
# program; its neighbours berth-supervisor and berth-fake-cli stand in for containers and for Claude Code.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

VERSION=4.32.5
TOOL="$CACHE/tools/schemathesis-$VERSION"
BIN=$(dirname -- "$(realpath -- "${BERTH_BIN:?the program to test}")")
WORK=$(mktemp -d)

tool() {
  rm -rf "$TOOL"
  # Debian keeps the module's second half in a package of its own.
  python3 -m venv "$TOOL" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$TOOL"; }
  "$TOOL/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$VERSION"
  touch "$TOOL/whole"
}
[ -e "$TOOL/whole" ] || step "schemathesis $VERSION, once for this machine" tool

# The server ends with the script; so do its supervisors, which would outlive it otherwise to be found again.
end() {
  kill "$SERVER" 2>/dev/null && wait "$SERVER" 2>/dev/null
  for process in /proc/[0-9]*; do
    # What has ended in between has no command line to read.
    if { tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null | grep -qF -- "$WORK/data/"; then
      kill "${process#/proc/}" 2>/dev/null || true
    fi
  done
  rm -rf "$WORK"
}

mkfifo "$WORK/out"
"$BIN/berth" up --listen 127.0.0.1:0 --data "$WORK/data" --demo --engine process --claude "$BIN/berth-fake-cli" \
  --supervisor "$BIN/berth-supervisor" >"$WORK/out" 2>"$WORK/log" &
SERVER=$!
trap end EXIT
read -r _ link <"$WORK/out" || die "berth did not start" "$(cat "$WORK/log")"
token=$("$BIN/berth" token create --data "$WORK/data")

# It leaves a folder where it runs.
cd "$WORK"
# Streams have no end, and signing out would end the rest: those three routes have tests of their own.
"$TOOL/bin/schemathesis" run "${link%%/\?*}/api/openapi.json" --header "Authorization: Bearer $token" \
  --checks not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance \
  --phases examples,coverage,fuzzing --max-examples 12 --seed 1 --generation-database none --continue-on-failure \
  --exclude-path-regex 'events|logout' --warnings off --no-color
