"""Holds docs/deploy.md against what it tells of: costs, variables, sizes, links. Usage: docs.py ROOT"""

import pathlib
import re
import subprocess
import sys


def between(text, name):
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0].strip()


def costs(root, text):
    printed = subprocess.run([sys.executable, root / "terraform/costs.py"], text=True, capture_output=True, check=True).stdout.strip()
    if between(text, "costs") != printed:
        yield "the tables of costs are not what terraform/costs.py prints"


def variables(root, text):
    told = set(re.findall(r"\bBERTH_[A-Z_]+", "".join(
        (root / "terraform/modules" / path).read_text() for path in ("platform/environment.tf", "platform/main.tf", "runners/units/berth-runner.service")
    )))
    rows = text.partition("## What each role is told")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`(BERTH_[A-Z_]+)`", rows))
    for name in sorted(told ^ listed):
        yield f"{name} is {'set, but not in the table' if name in told else 'in the table, but not set'}"


def read_by_the_program(root, text):
    """A variable that Terraform sets and nothing reads is a role that silently runs with a default."""
    known = {name for path in (root / "cli/src").rglob("*.rs") for name in re.findall(r'env = "(BERTH_[A-Z_]+)"', path.read_text())}
    for name in sorted(set(re.findall(r"`(BERTH_[A-Z_]+)`", text)) - known):
        yield f"{name} is read by no role"


def sizes(root):
    sys.path.insert(0, str(root / "terraform"))
    import costs as computed
    for name, size in computed.SIZES.items():
        text = (root / f"terraform/environments/{name}/main.tf").read_text()
        value = lambda field: re.search(rf"^\s*{field}\s*=\s*\"?([^\"\n]+)\"?$", text, re.M).group(1)
        fewest, most = size["runners"]
        memory = {"512Mi": 0.5, "1Gi": 1.0}[value("api_memory")]
        found = (value("runner_machine"), int(value("runner_min")), int(value("runner_max")), int(value("runner_capacity")),
                 int(value("runner_disk_gb")), int(value("api_min")), memory)
        if found != (size["machine"], fewest, most, size["places"], size["disk"], *size["api"]):
            yield f"costs.py computes another {name} than main.tf makes: {found}"


def links(root, text):
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#") and target[1:] not in headings:
            yield f"no heading {target}"
        elif not target.startswith(("#", "http")) and not (root / "docs" / target.partition("#")[0]).exists():
            yield f"no file {target}"
    for path in re.findall(r"`((?:terraform|docker|docs|monitoring|modules)/[A-Za-z0-9_./-]+)`", text):
        if "NAME" not in path and not (root / path).exists() and not (root / "terraform" / path).exists():
            yield f"no file {path}"


def main(root):
    text = (root / "docs/deploy.md").read_text()
    checks = {"costs": costs(root, text), "variables": variables(root, text), "read": read_by_the_program(root, text), "sizes": sizes(root), "links": links(root, text)}
    wrong = [fault for found in checks.values() for fault in found]
    # A page that tells of nothing, or of something else, must be found.
    for name, spoiled in {
        "costs": costs(root, text.replace("| runners |", "| machines |")),
        "variables": variables(root, text.replace("`BERTH_GCP_TOPIC`", "`BERTH_TOPIC`")),
        "read": read_by_the_program(root, text + "`BERTH_LISTENS`"),
        "links": links(root, text + "[x](gone.md)"),
    }.items():
        if not list(spoiled):
            wrong.append(f"the negative sample is not found: {name}")
    print(*wrong, f"{len(checks) + 4 - len(wrong)} passed, {len(wrong)} failed", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
