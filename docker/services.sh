#!/usr/bin/env bash
# services.sh [PROGRAM]: the images of the roles, berth-api, berth-hook, berth-runner and berth-gateway, from target/cloud/release/berth or PROGRAM.
# Each is tried: it starts as nobody in particular, with a read-only root and no network, and has no shell.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

PROGRAM=$(realpath -- "${1:-$ROOT/target/cloud/release/berth}")
BASE=berth-base:bookworm
CONTEXT="$STATE/services"

build() {
  local client target
  client=$(docker_client)
  rm -rf "$CONTEXT"
  mkdir -p "$CONTEXT"
  # Without its symbols, which only a debug build has.
  strip --strip-debug -o "$CONTEXT/berth" "$PROGRAM"
  for target in api hook runner gateway; do
    DOCKER_BUILDKIT=1 "$client" build --quiet --tag "berth-$target:latest" --target "$target" --build-arg "BASE=$BASE" \
      --file "$ROOT/docker/services/roles.Dockerfile" "$CONTEXT" >/dev/null
  done
  rm -rf "$CONTEXT"
}

# shut_in IMAGE ARGUMENT… — the way a role is started, but for network and engine.
shut_in() { docker run --rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 64 "$@"; }

try() {
  local target user bytes
  for target in api hook runner gateway; do
    user=$(docker image inspect --format '{{.Config.User}}' "berth-$target:latest")
    case $user in "" | 0 | 0:* | root*) die "berth-$target runs as root" ;; esac
    shut_in --entrypoint /usr/bin/berth "berth-$target:latest" --version >/dev/null || die "berth-$target does not start"
    case $target in
      # What the image is for is in the program.
      api | hook | runner | gateway) shut_in "berth-$target:latest" --help >/dev/null || die "berth-$target is no role of this program" ;;
    esac
    for shell in /bin/sh /bin/bash /bin/busybox /usr/bin/env; do
      if shut_in --entrypoint "$shell" "berth-$target:latest" -c : 2>/dev/null; then die "berth-$target has $shell"; fi
    done
  done
  bytes=$(docker image inspect --format '{{.Size}}' berth-api:latest)
  note "berth-api, -hook, -runner, -gateway: $((bytes / 1000000)) MB, shared"
}

[ -x "$PROGRAM" ] || die "there is no $PROGRAM" "bash docker/binary.sh cloud makes it"
bash "$ROOT/docker/base.sh"
step "images of the roles" build
step "each starts shut in, and has no shell" try
