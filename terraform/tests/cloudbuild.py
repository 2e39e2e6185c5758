"""Checks cloudbuild.yaml against Google's own description of a build, and against what ours must do. Usage: cloudbuild.py ROOT WHEEL

The description is the discovery document of the Cloud Build API, as the PyPI package google-api-python-client ships it.
"""

import json
import pathlib
import re
import subprocess
import sys
import zipfile

import yaml

ORDER = ["builder", "test", "build", "scan", "push", "plan", "apply", "smoke-test", "roll-back"]
BUILT_IN = {"BUILD_ID", "PROJECT_ID", "COMMIT_SHA", "SHORT_SHA", "LOCATION"}


def conforms(value, schema, schemas, path):
    """What of a value the description does not know. It has no required fields, so none are asked for."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type")
    if kind == "object":
        if not isinstance(value, dict):
            yield f"{path}: not an object"
            return
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, inner in value.items():
            if key in known or others:
                yield from conforms(inner, known.get(key, others), schemas, f"{path}.{key}")
            else:
                yield f"{path}.{key}: unknown field"
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{path}: not a list"
            return
        for index, inner in enumerate(value):
            yield from conforms(inner, schema["items"], schemas, f"{path}[{index}]")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {', '.join(schema['enum'])}"
    elif kind == "string" and schema.get("format") == "int64":
        if not isinstance(value, int):
            yield f"{path}: not a whole number"
    elif kind == "string" and not isinstance(value, str):
        yield f"{path}: {value!r} is not text (YAML takes yes and no for true and false)"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{path}: not true or false"
    elif kind in ("integer", "number") and not isinstance(value, (int, float)):
        yield f"{path}: not a number"


def scripts(build):
    known = set(build.get("substitutions", {})) | BUILT_IN
    for step in build["steps"]:
        script = step.get("script")
        if script is None:
            continue
        first = script.splitlines()[0]
        shell = "bash" if first.endswith("bash") else "sh"
        checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)
        if checked.returncode:
            yield f"{step['id']}: {checked.stderr.strip()}"
        if not first.startswith("#!"):
            yield f"{step['id']}: without a first line Cloud Build takes /bin/sh, and says nothing"
        if not re.search(r"^set -eu", script, re.M):
            yield f"{step['id']}: goes on after a failure"
        for name in re.findall(r"\$\{?(_[A-Z_]+|BUILD_ID|PROJECT_ID)", script):
            if name not in known:
                yield f"{step['id']}: ${name} is nowhere given a value"


def ours(build):
    ids = [step.get("id") for step in build["steps"]]
    if ids != ORDER:
        yield f"the steps are {ids}, not {ORDER}"
        return
    if any(step.get("waitFor") for step in build["steps"]):
        yield "a step does not wait for the one before it"
    steps = dict(zip(ids, build["steps"]))
    if [name for name, step in steps.items() if step.get("allowFailure")] != ["smoke-test"]:
        yield "a failure other than the smoke test's, which is judged after it, must end the build"
    if not build.get("options", {}).get("automapSubstitutions"):
        yield "scripts do not see substitutions"
    if "RepoDigests" not in steps["push"]["script"]:
        yield "images are not handed on by digest"
    for name in ("apply", "smoke-test", "roll-back"):
        if '"$_DEPLOY" = yes' not in steps[name]["script"]:
            yield f"{name} does not ask whether to deploy"
    if "-auto-approve" in steps["apply"]["script"] or "deploy.tfplan" not in steps["apply"]["script"]:
        yield "what is applied is not the plan that was shown"
    if "passed" not in steps["smoke-test"]["script"] or not steps["roll-back"]["script"].rstrip().endswith("exit 1"):
        yield "a failed smoke test does not fail the build"


def faults(build, schemas):
    yield from conforms(build, {"$ref": "Build"}, schemas, "cloudbuild.yaml")
    yield from scripts(build)
    yield from ours(build)


def step(build, name):
    return next(step for step in build["steps"] if step["id"] == name)


def edit(name, old, new):
    def change(build):
        wanted = step(build, name)
        assert old in wanted["script"], f"{name} has no {old}"
        wanted["script"] = wanted["script"].replace(old, new)
    return change


# Each must be found.
SAMPLES = {
    "an unknown field": lambda build: step(build, "test").update(entryPoint="bash"),
    "a wrong type": lambda build: build["options"].update(diskSizeGb="much"),
    "a bad value": lambda build: build["options"].update(machineType="E2_HIGHCPU_9"),
    "yes for true": lambda build: build["substitutions"].update(_DEPLOY=True),
    "a step left out": lambda build: build["steps"].remove(step(build, "scan")),
    "steps at the same time": lambda build: step(build, "push").update(waitFor=["-"]),
    "a failure passed over": lambda build: step(build, "scan").update(allowFailure=True),
    "a broken script": edit("push", "done", "", ),
    "a name without a value": edit("plan", "$_STATE", "$_BUCKET"),
    "images by tag": edit("push", "RepoDigests", "RepoTags"),
    "another plan": edit("apply", "deploy.tfplan", "-auto-approve"),
    "always deployed": edit("apply", '"$_DEPLOY" = yes', "true"),
    "a failure forgotten": edit("roll-back", "exit 1", "exit 0"),
}


def main(root, wheel):
    text = (pathlib.Path(root) / "cloudbuild.yaml").read_text()
    document = json.loads(zipfile.ZipFile(wheel).read("googleapiclient/discovery_cache/documents/cloudbuild.v1.json"))
    wrong = list(faults(yaml.safe_load(text), document["schemas"]))
    for name, sample in SAMPLES.items():
        build = yaml.safe_load(text)
        sample(build)
        if not list(faults(build, document["schemas"])):
            wrong.append(f"the negative sample is not found: {name}")
    print(*wrong, f"{1 + len(SAMPLES) - len(wrong)} passed, {len(wrong)} failed", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
