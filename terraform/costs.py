"""What a month of Berth costs at Google, for 10, 100 and 1,000 users. Prints the tables of docs/deploy.md.

Prices are list prices in US dollars for europe-west1 as we took them to be in November 2026. Nothing fetches them: check them before you
decide anything by them. Free allowances and discounts are left out, so a real bill is rather lower. Usage is assumed, and the assumptions are
printed: change them here, and print the tables again.
"""

import math

PRICES = {
    "e2-standard-4, an hour": 0.1474,
    "e2-standard-8, an hour": 0.2949,
    "balanced disk, a GB": 0.11,
    "Cloud NAT, a machine and hour": 0.0014,
    "Cloud NAT, a GB": 0.045,
    "address of Cloud NAT, an hour": 0.005,
    "firewall by name, a GB": 0.018,
    "to the internet, a GB": 0.12,
    "Cloud Run, a processor and second, while it serves": 0.000024,
    "Cloud Run, a GiB and second, while it serves": 0.0000025,
    "Cloud Run, a processor and second, always there": 0.000018,
    "Cloud Run, a GiB and second, always there": 0.000002,
    "Cloud Run, a million requests": 0.40,
    "Firestore, 100,000 reads": 0.03,
    "Firestore, 100,000 writes": 0.09,
    "Firestore, a GB": 0.15,
    "Firestore, a GB of backups": 0.03,
    "Cloud Storage, a GB": 0.02,
    "Cloud Storage, 1,000 writes": 0.005,
    "Artifact Registry, a GB": 0.10,
    "logs, a GiB": 0.50,
    "Cloud Build, a minute with 8 processors": 0.016,
    "secrets, keys, zones, jobs, alerts: together": 4.00,
}
MODEL = {"input": 3.00, "cache write": 3.75, "cache read": 0.30, "output": 15.00}  # a million tokens

ASSUMED = {
    "working days a month": 22,
    "chat turns a user and day": 20,
    "scheduled runs a user and day": 2,
    "Firestore writes a chat turn": 60,
    "Firestore writes a scheduled run": 12,
    "Firestore reads a turn or run": 120,
    "hours a day with the dashboard open": 6,
    "share of users at work at the busiest hour": 0.25,
    "hours of the day with more than the fewest runners": 8,
    "GB in Firestore a user, after a year": 0.05,
    "GB of snapshots a user": 1.5,
    "GB a user and month through Cloud NAT": 2,
    "GB a user and month to browsers": 0.5,
    "tokens a turn: input": 2_000,
    "tokens a turn: cache write": 4_000,
    "tokens a turn: cache read": 34_000,
    "tokens a turn: output": 1_200,
    "deployments a month, of 40 minutes": 8,
}
HOURS = 730

# As in terraform/environments; terraform/tests/docs.py compares them.
SIZES = {
    "small": {"machine": "e2-standard-4", "runners": (1, 1), "places": 12, "disk": 100, "api": (0, 0.5)},
    "standard": {"machine": "e2-standard-8", "runners": (2, 20), "places": 24, "disk": 250, "api": (1, 1.0)},
}


def month(users):
    """Rows of (what, dollars), the environment, and runners at night and at the busiest hour."""
    p, a = PRICES, ASSUMED
    environment = "small" if users <= 12 / a["share of users at work at the busiest hour"] else "standard"
    size = SIZES[environment]
    days, share = a["working days a month"], a["share of users at work at the busiest hour"]
    fewest, most = size["runners"]
    busiest = min(most, max(fewest, math.ceil(users * share / size["places"])))
    runner_hours = fewest * HOURS + (busiest - fewest) * a["hours of the day with more than the fewest runners"] * days
    turns, runs = users * a["chat turns a user and day"] * days, users * a["scheduled runs a user and day"] * 30
    writes = turns * a["Firestore writes a chat turn"] + runs * a["Firestore writes a scheduled run"]
    reads = (turns + runs) * a["Firestore reads a turn or run"]
    through_nat = users * a["GB a user and month through Cloud NAT"]
    rows = [
        ("runners", runner_hours * p[f"{size['machine']}, an hour"]),
        ("runners' disks", runner_hours / HOURS * size["disk"] * p["balanced disk, a GB"]),
        ("API and hook on Cloud Run", cloud_run(users, size)),
        ("Firestore", writes / 1e5 * p["Firestore, 100,000 writes"] + reads / 1e5 * p["Firestore, 100,000 reads"]
         + users * a["GB in Firestore a user, after a year"] * (2 * p["Firestore, a GB"] + 15 * p["Firestore, a GB of backups"])),
        ("Cloud Storage", users * a["GB of snapshots a user"] * p["Cloud Storage, a GB"] + (turns + runs) * 3 / 1000 * p["Cloud Storage, 1,000 writes"]),
        ("network out", runner_hours * p["Cloud NAT, a machine and hour"] + HOURS * p["address of Cloud NAT, an hour"]
         + through_nat * (p["Cloud NAT, a GB"] + p["firewall by name, a GB"]) + users * a["GB a user and month to browsers"] * p["to the internet, a GB"]),
        ("logs", (turns + runs) * 20e3 / 2**30 * p["logs, a GiB"]),
        ("builds and images", a["deployments a month, of 40 minutes"] * 40 * p["Cloud Build, a minute with 8 processors"] + 15 * p["Artifact Registry, a GB"]),
        ("secrets, keys, zones, jobs, alerts", p["secrets, keys, zones, jobs, alerts: together"]),
    ]
    return environment, rows, (fewest, busiest)


def cloud_run(users, size):
    """An open dashboard is a request that lasts, so an instance with one is paid for as long as it is open."""
    p, a = PRICES, ASSUMED
    kept, memory = size["api"]
    at_once = users * 0.6
    extra = max(math.ceil(at_once / 200) - kept, 0)
    serving = extra * (a["hours a day with the dashboard open"] + 3) * a["working days a month"] * 3600
    busy = p["Cloud Run, a processor and second, while it serves"] + memory * p["Cloud Run, a GiB and second, while it serves"]
    idle = p["Cloud Run, a processor and second, always there"] + memory * p["Cloud Run, a GiB and second, always there"]
    ticks = 30 * 24 * 60 * 0.2 * busy
    requests = users * 2000 * a["working days a month"] / 1e6 * p["Cloud Run, a million requests"]
    return serving * busy + kept * HOURS * 3600 * idle + ticks + requests


def model(users):
    a = ASSUMED
    turns = users * (a["chat turns a user and day"] * a["working days a month"] + a["scheduled runs a user and day"] * 30)
    return turns * sum(price * a[f"tokens a turn: {kind}"] / 1e6 for kind, price in MODEL.items())


def price(value):
    return f"{value:.2f}" if value >= 0.1 else f"{value:.7f}".rstrip("0")


def tables():
    columns = [10, 100, 1000]
    months = [month(users) for users in columns]
    lines = ["| US dollars a month | " + " | ".join(f"{users:,} users" for users in columns) + " |", "|---|" + "---:|" * len(columns)]
    lines.append("| environment | " + " | ".join(environment for environment, _, _ in months) + " |")
    lines.append("| runners, at night and at the busiest hour | " + " | ".join(f"{low}, {high}" for _, _, (low, high) in months) + " |")
    for index, (what, _) in enumerate(months[0][1]):
        lines.append(f"| {what} | " + " | ".join(f"{rows[index][1]:,.0f}" for _, rows, _ in months) + " |")
    totals = [sum(cost for _, cost in rows) for _, rows, _ in months]
    lines.append("| **together** | " + " | ".join(f"**{total:,.0f}**" for total in totals) + " |")
    lines.append("| a user | " + " | ".join(f"{total / users:,.2f}" for total, users in zip(totals, columns)) + " |")
    lines.append("| the model, beside it | " + " | ".join(f"{model(users):,.0f}" for users in columns) + " |")
    lines += ["", "| assumed | |", "|---|---:|"] + [f"| {what} | {value:,} |" for what, value in ASSUMED.items()]
    lines += ["", "| list price, US dollars, November 2026, to be checked | |", "|---|---:|"] + [f"| {what} | {price(value)} |" for what, value in PRICES.items()]
    lines += [f"| the model, a million tokens: {kind} | {value:.2f} |" for kind, value in MODEL.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(tables())
