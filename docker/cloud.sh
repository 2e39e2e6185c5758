#!/usr/bin/env bash
# cloud.sh: Berth as it is on Google Cloud, on this machine and without an account there: emulators and stand-ins (berth-local-cloud), two `berth api` behind
# a balancer, two `berth runner` with a `berth gateway` each, the scheduler's hook. What ends is started again, as the platforms do; Ctrl-C ends everything, and nothing is kept.
#   BERTH_CLOUD_PORT   the balancer's port (8080); the roles' follow it
#   ANTHROPIC_API_KEY  who answers; a scripted model without
#   BERTH_BIN, BERTH_LOCAL_CLOUD   programs that are built already
# Variables of `berth runner --help` reach the runners, such as BERTH_RUN_LIMIT.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

PORT=${BERTH_CLOUD_PORT:-8080}
LOGS="$ROOT/target/cloud/logs"
LOG_BYTES=4000000
APIS=("127.0.0.1:$((PORT + 1))" "127.0.0.1:$((PORT + 2))")
HOOK="127.0.0.1:$((PORT + 3))"
RUNNERS=("127.0.0.1:$((PORT + 4))" "127.0.0.1:$((PORT + 5))")
GATEWAYS=("127.0.0.1:$((PORT + 6))" "127.0.0.1:$((PORT + 7))")
ROLES=()
MACHINES=()

build() {
  [ "${BERTH_ENGINE:-docker}" != docker ] || bash docker/setup.sh
  cloud_programs
}

# keep NAME COMMAND… — runs the command, and again when it ends; KEPT is who does. A session of its own: an interrupt from the keyboard is for this script, which ends
# everything in its order.
keep() {
  local name=$1 child
  shift
  (
    trap '' INT HUP
    trap 'kill -TERM "$child" 2>/dev/null; wait "$child"; exit 0' TERM
    while kill -0 $$ 2>/dev/null; do
      setsid "$@" </dev/null >>"$LOGS/$name.log" 2>&1 &
      child=$!
      # Until it ends, or this script has gone without a word.
      while kill -0 "$child" 2>/dev/null && kill -0 $$ 2>/dev/null; do
        sleep 1 &
        wait $!
      done
    done
    kill -TERM "$child" 2>/dev/null
  ) &
  KEPT=$!
}

# ready NAME ADDRESS — waits until it says that it may be sent work.
ready() {
  local began=$SECONDS
  until curl --silent --fail --max-time 5 --noproxy '*' --output /dev/null "http://$2/readyz"; do
    [ $((SECONDS - began)) -lt 60 ] || die "$1 does not get ready" "see $LOGS/$1.log"
    sleep 0.2
  done
}

# Logs are cut while they are written to: what runs for days must not fill the disk.
cut_logs() {
  local log
  while sleep 30 && kill -0 $$ 2>/dev/null; do
    for log in "$LOGS"/*.log; do [ "$(stat -c %s "$log")" -le "$LOG_BYTES" ] || : >"$log"; done
  done
}

# What berth-local-cloud told, as variables of the roles.
told() {
  python3 - "$1" <<'PYTHON'
import json, shlex, sys

told = json.load(open(sys.argv[1]))
host = lambda name: told[name].removeprefix("http://")
for name, value in {
    "BERTH_GCP_PROJECT": told["project"], "BERTH_GCP_REGION": told["region"], "BERTH_GCP_TOPIC": told["topic"],
    "BERTH_GCP_KMS_KEY": told["kms_key"], "BERTH_GCP_SNAPSHOTS_BUCKET": told["snapshots_bucket"],
    "FIRESTORE_EMULATOR_HOST": host("firestore"), "PUBSUB_EMULATOR_HOST": host("pubsub"), "STORAGE_EMULATOR_HOST": host("storage"),
    "KMS_EMULATOR_HOST": host("kms"), "CLOUD_SCHEDULER_EMULATOR_HOST": host("scheduler"), "GCE_METADATA_HOST": told["metadata"],
    "BERTH_PUBLIC_URL": told["url"], "BERTH_GOOGLE_CLIENT_ID": "local", "BERTH_GOOGLE_AUTHORIZE_URL": told["oidc_page"],
    "BERTH_GOOGLE_KEYS_URL": told["oidc_keys"], "BERTH_ALLOWED_DOMAIN": "example.com", "BERTH_OWNERS": "owner@example.com",
    "BERTH_HOOK_AUDIENCE": told["hook"], "BERTH_HOOK_CALLER": told["hook_caller"], "BERTH_SCHEDULE_JOBS": "true",
    "BERTH_RUNNER_CALLER": told["api_account"], "MODEL": told["model"],
}.items():
    print(f"export {name}={shlex.quote(value)}")
PYTHON
}

start() {
  local i
  setsid setpriv --pdeathsig TERM "$BERTH_LOCAL_CLOUD" "$LOGS" "127.0.0.1:$PORT" "$HOOK" "${APIS[@]}" >"$DATA/told.json" 2>"$LOGS/local-cloud.log" </dev/null &
  CLOUD=$!
  until [ -s "$DATA/told.json" ]; do
    kill -0 "$CLOUD" 2>/dev/null || die "the emulators did not start" "$(tail -n 3 "$LOGS/local-cloud.log")"
    sleep 0.2
  done
  eval "$(told "$DATA/told.json")"
  if [ -z "${ANTHROPIC_API_KEY:-}" ]; then export BERTH_MODEL_URL=${BERTH_MODEL_URL:-$MODEL}; fi
  for i in 0 1; do
    install -d -m 0700 "$DATA/$((i + 1))"
    BERTH_LISTEN=${APIS[i]} keep "api-$((i + 1))" "$BERTH_BIN" api
    ROLES+=("$KEPT")
    BERTH_LISTEN=${GATEWAYS[i]} BERTH_DATA="$DATA/$((i + 1))" keep "gateway-$((i + 1))" "$BERTH_BIN" gateway
    MACHINES+=("$KEPT")
    BERTH_LISTEN=${RUNNERS[i]} BERTH_DATA="$DATA/$((i + 1))" BERTH_RUNNER_NAME="runner-$((i + 1))" BERTH_CONTAINER_PREFIX="berth-cloud-$((i + 1))" \
      keep "runner-$((i + 1))" "$BERTH_BIN" runner
    ROLES+=("$KEPT")
  done
  BERTH_LISTEN=$HOOK keep hook "$BERTH_BIN" scheduler-hook
  ROLES+=("$KEPT")
  for i in 0 1; do
    ready "api-$((i + 1))" "${APIS[i]}"
    ready "gateway-$((i + 1))" "${GATEWAYS[i]}"
    ready "runner-$((i + 1))" "${RUNNERS[i]}"
  done
  ready hook "$HOOK"
}

# end PID… — and waits until they have.
end() {
  [ $# -gt 0 ] || return 0
  kill -TERM "$@" 2>/dev/null || true
  wait "$@" 2>/dev/null || true
}

clear_engine() { [ "${BERTH_ENGINE:-docker}" != docker ] || clear_workspaces berth-cloud; }

finish() {
  trap '' INT TERM HUP
  say "==> ending"
  # Runners write down what they have and hand it over: the gateways stay until then, and the emulators longest.
  end "${ROLES[@]}"
  end "${MACHINES[@]}"
  end ${CLOUD:+"$CLOUD"} ${CUTTER:+"$CUTTER"}
  clear_engine
  rm -rf "$DATA"
}

need curl "install curl"
need setpriv "install util-linux"
build
# Short: the path of a socket has 107 characters.
DATA=$(mktemp -d /tmp/berth-cloud.XXXXXX)
rm -rf "$LOGS"
mkdir -p "$LOGS"
trap finish EXIT
clear_engine
trap 'exit 130' INT TERM HUP
step "emulators, two apis, two runners with a gateway each, the hook" start
cut_logs &
CUTTER=$!
say "ready $BERTH_PUBLIC_URL/"
note "Sign in as owner@example.com or colleague@example.com: the page that asks is a stand-in for Google's."
note "Logs: $LOGS. Ctrl-C ends everything."
wait "$CLOUD"
