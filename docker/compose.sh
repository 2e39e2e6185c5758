#!/usr/bin/env bash
# compose.sh [up | down | WORD…]: docker/compose.yaml with the images it needs. `up` builds what is missing, starts everything, prints the link and leaves it running;
# `down` ends it, and nothing is left but the images. Other words are compose's own, such as `logs --follow api-1`.
#   BERTH_BIN, BERTH_LOCAL_CLOUD   programs that are built already; what else can be set is in docker/compose.yaml
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

PROJECT=berth-compose
URL="http://127.0.0.1:${BERTH_CLOUD_PORT:-8080}"

# The engine's own plugin, or the program of that name, which Debian's package brings.
compose() {
  local words=(docker-compose)
  if docker compose version >/dev/null 2>&1; then words=(docker compose); fi
  "${words[@]}" --project-name "$PROJECT" --file docker/compose.yaml "$@"
}

client() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || step "docker-compose" apt_install docker-compose; }

build() {
  bash docker/setup.sh
  cloud_programs
  bash docker/services.sh "$BERTH_BIN"
  bash docker/local-cloud.sh "$BERTH_LOCAL_CLOUD"
}

answers() { curl --silent --fail --max-time 5 --noproxy '*' --output /dev/null "$URL/readyz"; }

start() {
  local began=$SECONDS
  compose up --detach --remove-orphans
  # The balancer answers when one of the apis does.
  until answers; do
    [ $((SECONDS - began)) -lt 180 ] || die "the apis do not get ready" "see bash docker/compose.sh logs api-1"
    sleep 0.5
  done
}

stop() {
  # Runners write down what they have and hand it over; what they leave of workspaces goes after them.
  compose down --volumes --remove-orphans
  clear_workspaces "$PROJECT"
}

case ${1:-up} in
  up)
    need curl "install curl"
    # The gateway asks the model's own address where there is a key for it.
    if [ -n "${ANTHROPIC_API_KEY:-}" ]; then export BERTH_MODEL_URL=${BERTH_MODEL_URL:-}; fi
    bash docker/engine.sh
    client
    build
    clear_workspaces "$PROJECT"
    step "emulators, two apis, two runners with a gateway each, the hook" start
    say "ready $URL/"
    note "Sign in as owner@example.com or colleague@example.com: the page that asks is a stand-in for Google's."
    note "make compose ARGS=down ends everything."
    ;;
  down) step "ending" stop ;;
  *) compose "$@" ;;
esac
