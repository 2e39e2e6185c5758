# shellcheck shell=bash
# Shared by the set-up scripts: where things are, how a step tells what it does, and when it may be skipped.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
STATE="$ROOT/target/setup"                                   # stamps and build contexts; `make clean` removes them
# Read by the scripts that source this file.
# shellcheck disable=SC2034
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/berth"                # downloads, shared by all checkouts
export IMAGE="${BERTH_IMAGE:-berth-workspace:latest}"

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# step NAME COMMAND… — runs the command, and says what runs and how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  say "==> $name"
  "$@"
  say "    done: $name ($((SECONDS - began)) s)"
}

# fingerprint PATH… — one hash over the names and contents of the files below the paths; what git ignores is left out, standard input
# is added. Where there is no git, everything counts but the folders that builds write.
fingerprint() {
  (
    cd "$ROOT"
    {
      {
        git ls-files -z --cached --others --exclude-standard -- "$@" 2>/dev/null \
          || find "$@" \( -name node_modules -o -name dist -o -name target \) -prune -o -type f -print0
      } | sort -zu | while IFS= read -r -d '' f; do [ ! -f "$f" ] || printf '%s\0' "$f"; done | xargs -0 -r sha256sum
      [ -t 0 ] || cat
    } | sha256sum | cut -c1-32
  )
}

# unchanged NAME FINGERPRINT — true when the step last finished with this fingerprint.
unchanged() { [ "$(cat "$STATE/$1.stamp" 2>/dev/null)" = "$2" ]; }
finished() { mkdir -p "$STATE" && printf '%s\n' "$2" >"$STATE/$1.stamp"; }

# as_root COMMAND… — as it is for root, else through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root: $*" "run it as root, or install sudo"
  fi
}

# apt_install PACKAGE… — installs what is missing; asks the mirror for its lists once, and only then.
apt_install() {
  local missing=() p
  for p in "$@"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]}" "install them with this system's package manager"
  note "apt-get install ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# need PROGRAM ADVICE — says what to install when the program is not there.
need() { command -v "$1" >/dev/null || die "$1 is not on the PATH" "$2"; }

# docker_client — the path of a client that can build with BuildKit: version 20 has it built in, later ones need buildx.
docker_client() {
  local c
  for c in $(type -aP docker 2>/dev/null) /usr/bin/docker; do
    [ -x "$c" ] || continue
    case $("$c" --version 2>/dev/null) in
      "Docker version 20."*) printf '%s\n' "$c" && return 0 ;;
    esac
    if "$c" buildx version >/dev/null 2>&1; then printf '%s\n' "$c" && return 0; fi
  done
  return 1
}

# ca_bundle — the certificates this machine trusts, for images that are built behind a proxy that intercepts TLS.
ca_bundle() {
  local f
  for f in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
    [ -z "$f" ] || [ ! -f "$f" ] || { printf '%s\n' "$f" && return; }
  done
}

# cloud_programs — builds what a local cloud is of, unless BERTH_BIN and BERTH_LOCAL_CLOUD name programs that are built already; sets both.
cloud_programs() {
  step "stand-ins for Google's services" bash "$ROOT/tests/emulators/install.sh"
  if [ -z "${BERTH_BIN:-}" ]; then
    bash "$ROOT/docker/dashboard.sh"
    bash "$ROOT/docker/binary.sh" cloud
    BERTH_BIN="$ROOT/target/cloud/release/berth"
  fi
  if [ -z "${BERTH_LOCAL_CLOUD:-}" ]; then
    step "target/cloud/release/berth-local-cloud" env CARGO_TARGET_DIR="$ROOT/target/cloud" \
      cargo build --locked --release --manifest-path "$ROOT/Cargo.toml" -p berth-emulators --bin berth-local-cloud
    BERTH_LOCAL_CLOUD="$ROOT/target/cloud/release/berth-local-cloud"
  fi
}

# clear_workspaces PREFIX — removes the containers and volumes of the workspaces of PREFIX-1 and PREFIX-2: whom they belonged to was in the emulators.
clear_workspaces() {
  docker ps --all --quiet --filter "name=^$1-[12]-" | xargs -r docker rm --force >/dev/null || true
  docker volume ls --quiet --filter "name=$1-" | grep -E "^$1-[12]-" | xargs -r docker volume rm >/dev/null || true
}
