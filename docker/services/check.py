"""Judges the Dockerfile of the roles: what is started is no root, has no shell, and comes from nothing. Usage: check.py ROOT"""

import json
import pathlib
import re
import sys

ROLES = {"api": "api", "hook": "scheduler-hook", "runner": "runner", "gateway": "gateway"}
SHELLS = re.compile(r"\b(sh|bash|dash|busybox|apt|apk)\b")


def stages(text):
    """Stages by name: what each is made from, and its instructions."""
    found, current = {}, None
    for line in re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M)).splitlines():
        words = line.split(maxsplit=1)
        if len(words) < 2:
            continue
        if words[0] == "FROM":
            base, _, name = words[1].partition(" AS ")
            current = found.setdefault(name, {"from": base, "does": []})
        elif current:
            current["does"].append((words[0], words[1]))
    return found


def line_of(found, name):
    """A stage's own instructions after those of the stages it is made from."""
    base = found[name]["from"]
    return (line_of(found, base) if base in found else []) + found[name]["does"]


def origin(found, name):
    base = found[name]["from"]
    return origin(found, base) if base in found else base


def faults(text):
    found = stages(text)
    for role, command in ROLES.items():
        if role not in found:
            yield f"there is no stage {role}"
            continue
        own = dict(found[role]["does"])
        if origin(found, role) != "scratch":
            yield f"{role} comes from {origin(found, role)}, which has more than it needs"
        user = own.get("USER", "")
        if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user):
            yield f"{role} runs as {user or 'whoever its base says'}: name a user and group by number"
        for instruction, value in line_of(found, role):
            if instruction in ("RUN", "SHELL", "ADD") or (instruction in ("COPY", "CMD", "ENTRYPOINT") and SHELLS.search(value)):
                yield f"{role}: {instruction} {value} needs or brings a shell"
            if instruction in ("CMD", "ENTRYPOINT") and not value.startswith("["):
                yield f"{role}: {instruction} {value} is given to a shell; write it as a list"
        if own.get("ENTRYPOINT") and json.loads(own["ENTRYPOINT"] if own["ENTRYPOINT"].startswith("[") else "[]") != ["/usr/bin/berth", command]:
            yield f"{role} starts {own['ENTRYPOINT']}"
        if "ENTRYPOINT" not in own:
            yield f"{role} does not say what it starts"


# What must be found: a change to the good file each.
SAMPLES = {
    "root": lambda text: text.replace("FROM program AS api\nUSER 10001:10001", "FROM program AS api\nUSER 0:0"),
    "nobody named": lambda text: text.replace("FROM program AS hook\nUSER 10001:10001", "FROM program AS hook"),
    "root by name": lambda text: text.replace("FROM program AS runner\nUSER 10001:10001", "FROM program AS runner\nUSER root"),
    "a base with a shell": lambda text: text.replace("FROM scratch AS program", "FROM debian:bookworm-slim AS program"),
    "a shell brought along": lambda text: text.replace("COPY --from=files /files /", "COPY --from=files /files /\nCOPY --from=files /bin/bash /bin/bash"),
    "given to a shell": lambda text: text.replace('ENTRYPOINT ["/usr/bin/berth", "gateway"]', "ENTRYPOINT /usr/bin/berth gateway"),
    "another role": lambda text: text.replace('"/usr/bin/berth", "scheduler-hook"', '"/usr/bin/berth", "api"'),
    "a role missing": lambda text: text.replace("FROM program AS gateway", "FROM program AS proxy"),
}


def main(root):
    text = (pathlib.Path(root) / "docker/services/roles.Dockerfile").read_text()
    wrong = list(faults(text))
    for name, sample in SAMPLES.items():
        spoiled = sample(text)
        if spoiled == text or not list(faults(spoiled)):
            wrong.append(f"the negative sample is not found: {name}")
    print(*wrong, f"{1 + len(SAMPLES) - len(wrong)} passed, {len(wrong)} failed", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
