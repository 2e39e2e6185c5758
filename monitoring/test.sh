#!/usr/bin/env bash
# test.sh: the Grafana dashboard and the Prometheus alerts, against the figures in the code and with Prometheus' own promtool, which comes out
# of Debian's package without being installed: nothing is started.
# shellcheck source-path=SCRIPTDIR source=../docker/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../docker/lib.sh"
cd "$ROOT"

PYYAML=6.0.3
TOOLS="$CACHE/tools/monitoring-$PYYAML"

# promtool: the machine's own, else out of the package.
unpack() {
  local folder
  command -v apt-get >/dev/null || die "promtool is not on the PATH" "install Prometheus' promtool, then run this again"
  folder=$(mktemp -d)
  # apt fetches as a user of its own where it can, who needs to get in.
  chmod 0777 "$folder"
  (cd "$folder" && { apt-get download -qq prometheus 2>/dev/null || { as_root apt-get update -qq && apt-get download -qq prometheus; }; })
  dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -xf - -C "$folder" ./usr/bin/promtool
  mv "$folder/usr/bin/promtool" "$TOOLS/bin/promtool"
  rm -rf "$folder"
}

tools() {
  rm -rf "$TOOLS"
  python3 -m venv "$TOOLS" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$TOOLS"; }
  "$TOOLS/bin/pip" install --quiet --disable-pip-version-check "PyYAML==$PYYAML"
  command -v promtool >/dev/null || unpack
  touch "$TOOLS/whole"
}

[ -e "$TOOLS/whole" ] || step "promtool, once for this machine" tools
step "dashboard and alerts" "$TOOLS/bin/python" -B monitoring/tests/check.py "$ROOT" "$(PATH="$TOOLS/bin:$PATH" command -v promtool)"
