"""Formats, validates and plans every configuration, and judges the plans. Usage: check.py ROOT WHEEL CACHE"""

import copy
import pathlib
import sys

import engine
from plan import Plan
from policies import POLICIES

passed, failed = 0, 0


def report(name, faults):
    global passed, failed
    faults = list(faults)
    if faults:
        failed += 1
        print(f"FAIL {name}", *(f"     {fault}" for fault in faults), sep="\n")
    else:
        passed += 1


def judge(plan, scope):
    for wanted, check, samples in POLICIES:
        if wanted != scope:
            continue
        report(f"{plan.name}: {check.__name__}", check(plan))
        for sample in samples:
            spoiled = copy.deepcopy(plan)
            try:
                sample(spoiled)
            except AssertionError:
                # A variant that lacks what would be spoiled; check_samples sees to it that another one has it.
                continue
            used.add((scope, check.__name__, sample.__name__))
            report(f"{plan.name}: {check.__name__} finds {sample.__name__}", [] if list(check(spoiled)) else ["it does not"])


def check_samples():
    for scope, check, samples in POLICIES:
        for sample in samples:
            if (scope, check.__name__, sample.__name__) not in used:
                report(f"{check.__name__}: {sample.__name__}", ["no plan could be spoiled with it"])


def plans(terraform, folder, scope):
    runs, faults = terraform.plans(folder)
    report(f"{folder}: terraform test", faults)
    for name, run in runs.items():
        report(f"{folder}: {name}", [] if run.get("status") == "pass" else [run.get("status", "never ended")])
        if scope and name in ("plain", "everything"):
            judge(Plan(f"{folder} ({name})", name, run["plan"]), scope)


# What the derived schema must find: a wrong resource each, and a word of Terraform's complaint.
WRONG = {
    'resource "google_pubsub_topic" "x" {\n  name = "x"\n  colour = "red"\n}': "Unsupported argument",
    'resource "google_pubsub_topic" "x" {\n}': "Missing required argument",
    'resource "google_pubsub_subscription" "x" {\n  name = "x"\n  topic = "y"\n  ack_deadline_seconds = "soon"\n}': "Incorrect attribute value type",
    'resource "google_storage_bucket" "x" {\n  name = "x"\n  location = "EU"\n  versions {\n    enabled = true\n  }\n}': "Unsupported block type",
    'resource "google_storage_bucket" "x" {\n  name = "x"\n  location = "EU"\n  versioning {\n  }\n}': "Missing required argument",
    'output "x" {\n  value = google_pubsub_topic.x.adress\n}\nresource "google_pubsub_topic" "x" {\n  name = "x"\n}': "Unsupported attribute",
    'resource "google_pubsub_toppic" "x" {\n  name = "x"\n}': "Invalid resource type",
}


def the_schema_bites(terraform):
    folder = terraform.tree / "wrong"
    folder.mkdir()
    (folder / "versions.tf").write_text((terraform.tree / "modules/store/versions.tf").read_text())
    (folder / "main.tf").write_text("")
    terraform.must("init", "-backend=false", "-input=false", "-no-color", folder="wrong")
    for text, complaint in WRONG.items():
        (folder / "main.tf").write_text(text + "\n")
        code, out, err = terraform("validate", "-no-color", folder="wrong")
        report(f"the schema finds: {complaint}", [] if code and complaint in out + err else [out + err])


def main(root, wheel, cache):
    terraform = engine.Engine(root, wheel, cache)
    try:
        code, out, err = terraform("fmt", "-check", "-diff", "-recursive")
        report("terraform fmt", [out + err] if code else [])
        folders = [path.relative_to(terraform.tree) for path in sorted(terraform.tree.glob("modules/*"))]
        for folder in [*folders, "bootstrap", "environments/small", "environments/standard"]:
            try:
                terraform.must("init", "-backend=false", "-input=false", "-no-color", folder=folder)
                terraform.must("validate", "-no-color", folder=folder)
                report(f"{folder}: terraform validate", [])
            except engine.Failed as error:
                report(f"{folder}: terraform validate", [str(error)])
        the_schema_bites(terraform)
        for folder in folders:
            if (terraform.tree / folder / "tests").exists():
                plans(terraform, str(folder), None)
        plans(terraform, "bootstrap", "bootstrap")
        for environment in ("small", "standard"):
            plans(terraform, f"environments/{environment}", "berth")
        check_samples()
    finally:
        terraform.close()
    print(f"google {terraform.schemas['version']}\n{passed} passed, {failed} failed")
    return 1 if failed else 0


used = set()
if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]))
