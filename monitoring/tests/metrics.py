"""What figures there are: read out of the Rust code, macro by macro."""

import pathlib
import re

MACRO = re.compile(r'\b(?:metrics::)?(counter|gauge|histogram)!\(\s*"([a-z_]+)"((?:[^()]|\([^()]*\))*)\)')
LABELS = re.compile(r"let labels = \[(.*?)\];", re.S)
# Prometheus' own of every target.
ABOUT_TARGETS = {"up": {"job", "instance"}, "ALERTS": {"alertname", "alertstate"}}
ON_EVERYTHING = {"job", "instance"}


def in_code(root):
    """Series by name with their labels, as /metrics shows them: a histogram comes out as a summary."""
    found = {}
    for path in sorted([*pathlib.Path(root).glob("*/src/**/*.rs"), *pathlib.Path(root).glob("infra/*/src/**/*.rs")]):
        text = path.read_text()
        for kind, name, rest in MACRO.findall(text):
            labels = set(re.findall(r'"([a-z_]+)" =>', rest))
            if "&labels" in rest:
                labels |= set(re.findall(r'\("([a-z_]+)",', LABELS.search(text).group(1)))
            if kind == "histogram":
                found.setdefault(name, set()).update(labels | {"quantile"})
                found.setdefault(f"{name}_sum", set()).update(labels)
                found.setdefault(f"{name}_count", set()).update(labels)
            else:
                found.setdefault(name, set()).update(labels)
    return found


WORD = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
OPERATORS = {"and", "or", "unless", "on", "ignoring", "group_left", "group_right", "bool", "offset", "by", "without", "inf", "nan"}


def used_in(expression):
    """Names of series in a PromQL expression, and the labels each is picked by; labels of groupings come under None."""
    found = {}
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    for grouping in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", text):
        found.setdefault(None, set()).update(WORD.findall(grouping))
    text = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", text)
    text = re.sub(r"\[[^\]]*\]|\boffset\s+\w+|\b\d[\w.]*", "", text)
    for match in re.finditer(r"([a-zA-Z_][a-zA-Z0-9_]*)\s*(\(|\{([^}]*)\})?", text):
        name, bracket, picked = match.groups()
        if name in OPERATORS or bracket == "(":
            continue
        found.setdefault(name, set()).update(re.findall(r"([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=|!)", picked or ""))
    return found


def faults(expression, series):
    """What an expression names that does not exist."""
    used = used_in(expression)
    grouped = used.pop(None, set())
    known = {**series, **ABOUT_TARGETS}
    if not used:
        yield "asks for nothing"
    for name, labels in used.items():
        if name not in known:
            yield f"there is no {name}"
            continue
        for label in labels - known[name] - ON_EVERYTHING:
            yield f"{name} has no label {label}"
    for label in grouped - ON_EVERYTHING - set().union(*(known.get(name, set()) for name in used)):
        yield f"nothing here has the label {label}"
