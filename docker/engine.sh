#!/usr/bin/env bash
# A Docker engine that answers: the one that is there, else Debian's or Ubuntu's own, installed and started.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

answers() { docker info >/dev/null 2>&1; }

install_engine() {
  command -v apt-get >/dev/null || die "no Docker engine answers, and this is neither Debian nor Ubuntu" \
    "install Docker Engine 20.10 or newer with buildx and start it, then run this again"
  apt_install docker.io iptables
  # Newer distributions ship the builder as a package of its own; version 20.10 has it built in.
  if ! docker_client >/dev/null; then apt_install docker-buildx; fi
}

start_by_hand() {
  local dir=/var/log
  as_root test -w "$dir" || dir="${XDG_STATE_HOME:-$HOME/.local/state}/berth"
  as_root mkdir -p "$dir"
  log="$dir/berth-dockerd.log"
  note "no systemd here: dockerd runs in the background, log in $log"
  # A session of its own, so that neither Ctrl-C nor the end of this terminal ends the engine. Standard input and every inherited
  # descriptor are let go, or a caller that waits for the end of a pipe would wait for the engine.
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_root setsid bash -c 'dockerd --log-level warn --log-opt max-size=1m --log-opt max-file=2 2>&1 | bash "$0" "$1" 5000000' \
    "$ROOT/docker/bounded-log.sh" "$log" </dev/null >/dev/null 2>&1 3>&- 4>&- &
  disown
}

start_engine() {
  log=""
  if [ -d /run/systemd/system ]; then
    as_root systemctl start docker
  elif [ -x /usr/sbin/dockerd ]; then
    start_by_hand
  else
    die "no Docker engine answers, and dockerd is not installed" "start the engine of this machine, then run this again"
  fi
  local end=$((SECONDS + 60))
  until as_root docker info >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      [ -z "$log" ] || as_root tail -n 20 "$log" >&2
      die "the Docker engine did not answer within 60 s"
    fi
    sleep 0.2
  done
}

main() {
  if ! answers; then
    [ -x /usr/sbin/dockerd ] || step "install a Docker engine" install_engine
    step "start the Docker engine" start_engine
    answers || die "the engine runs, but $(id -un) may not use it" \
      "sudo usermod -aG docker $(id -un), log in again, then run this again"
  fi
  docker_client >/dev/null || install_engine
  say "--- engine: $(docker version --format '{{.Server.Version}}') answers"
}
main
