#!/usr/bin/env bash
# Everything that has to be there before anything runs: compiler, engine, base image, workspace image, dashboard. Each part is skipped
# when nothing has changed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

need cargo "install Rust 1.91 or newer, as rust-lang.org says"
need python3 "install Python 3.9 or newer"
command -v cc >/dev/null || apt_install gcc libc6-dev
bash "$ROOT/docker/engine.sh"
bash "$ROOT/docker/base.sh"
bash "$ROOT/docker/image.sh"
bash "$ROOT/docker/dashboard.sh"
