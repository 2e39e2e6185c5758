#!/usr/bin/env bash
# The base image, `berth-base:bookworm`: pulled where a registry answers, else made by debootstrap from the mirrors this machine's own
# apt uses. The tarball is kept outside the tree for 30 days, so that other checkouts and emptied engines need no mirror.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

SUITE=bookworm
BASE="berth-base:$SUITE"
TARBALL="$CACHE/base-$SUITE-$(uname -m).tar.gz"

pull() {
  note "pulling debian:$SUITE-slim (for at most ${BERTH_PULL_SECONDS:-60} s)"
  timeout "${BERTH_PULL_SECONDS:-60}" docker pull -q "debian:$SUITE-slim" >/dev/null 2>&1 || return 1
  docker tag "debian:$SUITE-slim" "$BASE"
}

# mirror LABEL CODENAME — the address apt itself fetches this suite from; empty when it has none.
mirror() {
  # shellcheck disable=SC2016  # apt expands it
  apt-get indextargets --format '$(REPO_URI)' "Origin: Debian" "Label: $1" "Codename: $2" 2>/dev/null | head -n 1
}

# Everything that needs root, in one child, so that sudo asks once. Arguments: folder, tarball, main mirror, security mirror or "".
BOOTSTRAP=$(cat <<'SCRIPT'
set -euo pipefail
dir=$1 tarball=$2 main=$3 security=$4 suite=$5
trap 'rm -rf "$dir"' EXIT
debootstrap --variant=minbase --include=ca-certificates "$suite" "$dir" "$main" >"$dir.log" 2>&1 || { tail -n 20 "$dir.log" >&2; exit 1; }
{
  printf 'deb %s %s main\ndeb %s %s-updates main\n' "$main" "$suite" "$main" "$suite"
  [ -z "$security" ] || printf 'deb %s %s-security main\n' "$security" "$suite"
} >"$dir/etc/apt/sources.list"
# The machine's own trust, for the time of the upgrade: a mirror behind TLS may have a certificate only this machine knows.
cp "$dir/etc/ssl/certs/ca-certificates.crt" "$dir.ca"
[ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$dir/etc/ssl/certs/ca-certificates.crt"
cp -L /etc/resolv.conf "$dir/etc/resolv.conf"
chroot "$dir" sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y -qq' >>"$dir.log" 2>&1 || { tail -n 20 "$dir.log" >&2; exit 1; }
cp "$dir.ca" "$dir/etc/ssl/certs/ca-certificates.crt"
: >"$dir/etc/resolv.conf"
rm -f "$dir.ca" "$dir.log" "$dir/etc/hostname"
cd "$dir"
rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* var/cache/debconf/*-old usr/share/man/* usr/share/info/* usr/share/locale/* tmp/*
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -depth -type d -empty -delete
tar -C "$dir" --numeric-owner --one-file-system -cf - . | gzip -6 >"$tarball.part"
mv "$tarball.part" "$tarball"
SCRIPT
)

bootstrap() {
  local main security work
  command -v apt-get >/dev/null || die "no registry answers, and there is no apt to build the base image with" \
    "docker load an image debian:$SUITE-slim, docker tag it $BASE, then run this again"
  as_root apt-get update -qq
  main=$(mirror Debian "$SUITE")
  security=$(mirror Debian-Security "$SUITE-security")
  [ -n "$main" ] || die "no registry answers, and apt here has no mirror of Debian $SUITE" \
    "docker load an image debian:$SUITE-slim, docker tag it $BASE, then run this again"
  apt_install debootstrap
  note "no registry answers: debootstrap of $SUITE from this machine's apt mirror (about two minutes)"
  mkdir -p "$CACHE"
  work=$(mktemp -d)
  as_root bash -c "$BOOTSTRAP" bootstrap "$work/root" "$TARBALL" "$main" "$security" "$SUITE"
  rm -rf "$work"
}

fresh_tarball() { [ -n "$(find "$TARBALL" -mtime -30 2>/dev/null)" ]; }

make_base() {
  if fresh_tarball; then
    note "from the tarball kept in the cache folder"
  elif pull; then
    return 0
  else
    bootstrap
  fi
  docker import -c 'CMD ["/bin/bash"]' "$TARBALL" "$BASE" >/dev/null
}

main() {
  if docker image inspect "$BASE" >/dev/null 2>&1; then
    say "--- base image: $BASE is there"
  else
    step "base image" make_base
  fi
}
main
