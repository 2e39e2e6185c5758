# Pulls what this machine runs. Asked again by systemd until all of it is there.
set -euo pipefail
docker-credential-gcr configure-docker --registries=${registry}
while IFS= read -r image; do
  docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image"
done </etc/berth/images
# What no digest above names is of a version before.
docker image prune --all --force --filter until=336h >/dev/null || true
