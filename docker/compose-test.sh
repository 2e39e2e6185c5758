#!/usr/bin/env bash
# compose-test.sh PROGRAM: docker/compose.yaml is read, brought up from PROGRAM and the berth-local-cloud beside it, used by somebody, and ended; nothing may be left.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

BERTH_BIN=$(realpath -- "$1")
BERTH_LOCAL_CLOUD="$(dirname -- "$BERTH_BIN")/berth-local-cloud"
# Beside a local cloud that somebody works with.
export BERTH_BIN BERTH_LOCAL_CLOUD BERTH_CLOUD_PORT=18480 BERTH_SIGN_IN_PORT=18481
unset ANTHROPIC_API_KEY BERTH_MODEL_URL

# Whoever reads YAML: Debian's docker-compose brings that for Debian's Python.
python() {
  local p
  for p in python3 /usr/bin/python3; do
    if "$p" -c 'import yaml' 2>/dev/null; then "$p" -B docker/compose_test.py "$@" && return; return 1; fi
  done
  die "no Python here reads YAML" "install python3-yaml"
}

left() {
  docker ps --all --format 'container {{.Names}}' | grep -E ' berth-compose[-_]' || true
  docker volume ls --format 'volume {{.Name}}' | grep -E ' berth-compose-' || true
  docker network ls --format 'network {{.Name}}' | grep -E ' berth-compose_' || true
}

said() { bash docker/compose.sh logs --no-log-prefix local-cloud 2>/dev/null | grep -o '{"api_account".*}'; }

finish() {
  local code=$? rest
  [ "$code" -eq 0 ] || bash docker/compose.sh logs --tail 40 >&2 || true
  bash docker/compose.sh down
  rest=$(left)
  [ -z "$rest" ] || die "left after the end:" "$rest"
  exit "$code"
}

if ! python3 -c 'import yaml' 2>/dev/null; then apt_install python3-yaml; fi
trap finish EXIT
bash docker/compose.sh up
step "the compose file says what cloud.sh says, and options that exist" python read "$ROOT" "$BERTH_BIN" < <(bash docker/compose.sh config)
step "the stand-ins are where it says" python told "$ROOT" "$(said)" < <(bash docker/compose.sh config)
step "somebody works there" python use "http://127.0.0.1:$BERTH_CLOUD_PORT"
