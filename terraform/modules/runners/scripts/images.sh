# Pulls what this machine runs, as often as it takes: the network may come up later than this.
set -euo pipefail
docker-credential-gcr configure-docker --registries=${registry}
while IFS= read -r image; do
  until docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image"; do sleep 5; done
done </etc/berth/images
