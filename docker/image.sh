#!/usr/bin/env bash
# The workspace image: built from docker/workspace and the supervisor, tried by smoke.sh under a workspace's own restrictions where its
# contents changed, and only then given its name. Skipped when the image there was made from the same inputs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

BASE=berth-base:bookworm
CANDIDATE="${IMAGE%:*}:candidate"
CONTEXT="$STATE/context"

# The machine's own package index or npm registry, where one is configured; nothing with credentials in it, which the image would tell.
without_credentials() {
  case $1 in
    *://*@*) note "an address with credentials in it is not put into the image" >&2 ;;
    *) printf '%s' "$1" ;;
  esac
}
pip_index() { without_credentials "${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}"; }
npm_registry() {
  local configured
  configured=$(npm config get registry --location=user 2>/dev/null || true)
  # npm answers its own default where nothing is configured; then the image's npm may use its own, too.
  [ "$configured" = "$(cd / && env -u NPM_CONFIG_REGISTRY -u npm_config_registry npm config get registry --userconfig=/dev/null --globalconfig=/dev/null 2>/dev/null)" ] \
    || without_credentials "$configured"
}

build() {
  local client ca secret=()
  client=$(docker_client)
  ca=$(ca_bundle)
  [ -z "$ca" ] || secret=(--secret "id=ca,src=$ca")
  rm -rf "$CONTEXT"
  mkdir -p "$CONTEXT"
  cp -R "$ROOT/docker/workspace/." "$CONTEXT/"
  cp "$supervisor" "$CONTEXT/berth-supervisor"
  DOCKER_BUILDKIT=1 "$client" build --tag "$CANDIDATE" \
    --label "berth.contents=$contents" --label "berth.supervisor=$supervisor_hash" --build-arg "BASE=$BASE" \
    --build-arg "PIP_INDEX_URL=$index" --build-arg "NPM_REGISTRY=$registry" "${secret[@]}" "$CONTEXT"
}

# The way a workspace runs, but for the supervisor: no network, read-only root, no capabilities, our system-call filter.
smoke() {
  docker run --rm -i --entrypoint bash --network none --user 1000:1000 --read-only --tmpfs /tmp:rw,nosuid,nodev,size=256m \
    --cap-drop ALL --security-opt no-new-privileges --security-opt "seccomp=$ROOT/docker/seccomp.json" --memory 1g --pids-limit 256 \
    -v /home/claude -v /workspace "$CANDIDATE" -s <"$ROOT/docker/workspace/smoke.sh"
}

label() { docker image inspect --format "{{index .Config.Labels \"berth.$1\"}}" "$IMAGE" 2>/dev/null || true; }

main() {
  local bytes previous
  supervisor=$(bash "$ROOT/docker/supervisor.sh" | tail -n 1)
  index=$(pip_index)
  registry=$(npm_registry)
  supervisor_hash=$(sha256sum <"$supervisor" | cut -c1-32)
  contents=$({
    docker image inspect --format '{{.Id}}' "$BASE"
    printf '%s\n' "$index" "$registry"
  } | fingerprint docker/workspace docker/seccomp.json)
  if [ "$(label contents) $(label supervisor)" = "$contents $supervisor_hash" ]; then
    say "--- workspace image: unchanged"
    return
  fi
  step "workspace image" build
  # A new supervisor alone changes nothing that is tried here.
  [ "$(label contents)" = "$contents" ] || step "smoke test of the image" smoke
  # The one before it goes, unless a container still uses it.
  previous=$(docker image inspect --format '{{.Id}}' "$IMAGE" 2>/dev/null || true)
  docker tag "$CANDIDATE" "$IMAGE"
  docker rmi "$CANDIDATE" >/dev/null
  [ -z "$previous" ] || docker rmi "$previous" >/dev/null 2>&1 || true
  bytes=$(docker image inspect --format '{{.Size}}' "$IMAGE")
  say "    $IMAGE: $((bytes / 1000000)) MB"
}
main
