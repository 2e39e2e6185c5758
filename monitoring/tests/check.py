"""Judges dashboard and alerts against the figures that exist. Usage: check.py ROOT PROMTOOL"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import metrics

passed, failed = 0, 0


def report(name, faults):
    global passed, failed
    faults = list(faults)
    if faults:
        failed += 1
        print(f"FAIL {name}", *(f"     {fault}" for fault in faults), sep="\n")
    else:
        passed += 1


def promtool(tool, *words, folder):
    done = subprocess.run([tool, *words], cwd=folder, text=True, capture_output=True, check=False)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def queries(dashboard):
    """Each query of the dashboard, with Grafana's variables as they might be filled in."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            filled = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            yield f"{panel['title']} ({target['refId']})", filled


def dashboard(path, series, tool):
    drawn = json.loads(path.read_text())
    asked = list(queries(drawn))
    for name, expression in asked:
        report(f"dashboard: {name}", metrics.faults(expression, series))
    with tempfile.TemporaryDirectory() as folder:
        rules = [{"record": f"query:{index}", "expr": expression} for index, (_, expression) in enumerate(asked)]
        (pathlib.Path(folder) / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
        report("dashboard: promtool reads every query", promtool(tool, "check", "rules", "queries.yml", folder=folder))
    ids = [panel["id"] for panel in drawn["panels"]]
    report("dashboard: numbers of panels", [] if len(ids) == len(set(ids)) else ["one is there twice"])
    places = [panel["gridPos"] for panel in drawn["panels"]]
    overlaps = [
        f"{a} and {b}" for i, a in enumerate(places) for b in places[i + 1:]
        if a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    ]
    report("dashboard: panels lie side by side", overlaps)
    report("dashboard: no source of data is fixed", [
        panel["title"] for panel in drawn["panels"] if panel["type"] != "row" and panel["datasource"]["uid"] != "${datasource}"
    ])


def alerts(folder, series, tool):
    rules = [rule for group in yaml.safe_load((folder / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
    tested = (folder / "alerts_test.yml").read_text()
    for rule in rules:
        name = rule["alert"]
        report(f"{name}: figures", metrics.faults(rule["expr"], series))
        report(f"{name}: says what it means and what to do", [
            field for field in ("summary", "description") if len(rule["annotations"].get(field, "")) < 20
        ])
        report(f"{name}: how urgent", [] if rule["labels"].get("severity") in ("page", "warn") else ["severity is page or warn"])
        report(f"{name}: has a test in which it comes", [] if f'alertname="{name}"' in tested else ["none"])
    report("alerts: promtool check", promtool(tool, "check", "rules", "alerts.yml", folder=folder))
    report("alerts: promtool test", promtool(tool, "test", "rules", "alerts_test.yml", folder=folder))


def documented(root, series):
    text = (root / "docs/logging.md").read_text()
    figures = set(re.findall(r"`([a-z_]+)`", "\n".join(line.split("|")[1] for line in text.split("## Figures")[1].splitlines() if line.startswith("| `"))))
    report("docs/logging.md names only what exists", sorted(figures - set(series)))


# Each must be found.
BROKEN = {
    "sum(rate(http_request_total[5m]))": "a name that does not exist",
    'max(http_request_seconds_bucket{route="/"})': "buckets, which a summary has not",
    'sum(runs_finished_total{status="failed"})': "a label that does not exist",
    "sum by (agent) (runs_finished_total)": "a grouping by a label that does not exist",
    "vector(1)": "no figure at all",
    'sum(ws_sockets) / sum(placement_moves_total{reason="x"})': "one of two that does not exist",
}


def main(root, tool):
    series = metrics.in_code(root)
    report("the code has figures", [] if len(series) > 10 else [str(series)])
    for expression, what in BROKEN.items():
        report(f"the negative sample is found: {what}", [] if list(metrics.faults(expression, series)) else [expression])
    dashboard(root / "monitoring/grafana/berth.json", series, tool)
    alerts(root / "monitoring/prometheus", series, tool)
    documented(root, series)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]))
