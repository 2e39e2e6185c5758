"""docker/compose.yaml, read and tried.

    compose_test.py read ROOT PROGRAM < CONFIG     the file as compose understands it, against cloud.sh and the options of the roles
    compose_test.py told ROOT TOLD < CONFIG        the same against what berth-local-cloud said of itself
    compose_test.py use URL                        somebody signs in, writes a message, and has an agent that runs every minute
"""

import base64
import http.cookiejar
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid

ROLES = {"api-1": "api", "api-2": "api", "hook": "scheduler-hook", "runner-1": "runner", "runner-2": "runner", "gateway-1": "gateway", "gateway-2": "gateway"}
# What cloud.sh gives a role and not what berth-local-cloud tells: each is of the machine. `MODEL` there is what becomes the gateway's model.
OF_THE_MACHINE = {"BERTH_LISTEN", "BERTH_DATA", "BERTH_RUNNER_NAME", "BERTH_CONTAINER_PREFIX", "BERTH_MODEL_URL", "ANTHROPIC_API_KEY"}
# Processes find each other on loopback; containers by name.
OF_CONTAINERS = {"BERTH_RUNNER_ADDRESS"}


def config():
    import yaml  # comes with Debian's docker-compose and with most of what reads YAML
    return yaml.safe_load(sys.stdin)["services"]


def told_by_cloud_sh(root):
    """The variables that cloud.sh makes of what berth-local-cloud told: name → expression."""
    text = (root / "docker/cloud.sh").read_text()
    return dict(re.findall(r'"([A-Z_]+)": ([^,\n]+(?:\[[^]]*\])?)[,\n]', text.partition("for name, value in {")[2].partition("}.items()")[0]))


def options(root, program, role):
    """What a role reads: what its help tells, and what it keeps to itself (emulators, addresses for tests)."""
    help_text = subprocess.run([program, role, "--help"], capture_output=True, text=True, check=True).stdout
    hidden = set()
    for path in (root / "cli/src/config").glob("*.rs"):
        for block in re.findall(r"#\[arg\(([^\]]*?)\)\]", path.read_text(), re.S):
            if "hide = true" in block:
                hidden |= set(re.findall(r'env = "([A-Z_]+)"', block))
    # Read by Google's own client.
    return set(re.findall(r"\[env: ([A-Z_]+)", help_text)) | hidden | {"GCE_METADATA_HOST"}


def read(services, root, program):
    cloud = told_by_cloud_sh(root)
    if set(services) != {"local-cloud", *ROLES}:
        yield f"services are {sorted(services)}"
    everything = set()
    for name, role in ROLES.items():
        service = services.get(name, {})
        given = set(service.get("environment", {}))
        everything |= given
        for unknown in sorted(given - options(root, program, role)):
            yield f"{name}: no option of berth {role} is {unknown}"
        user = str(service.get("user", ""))
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"] or (user and role != "runner"):
            yield f"{name} is not shut in"
        if service.get("ports"):
            yield f"{name} publishes ports"
    known = set(cloud) - {"MODEL"} | OF_THE_MACHINE
    for name in sorted(everything - known - OF_CONTAINERS):
        yield f"{name} is told here and not in docker/cloud.sh"
    for name in sorted(known - everything):
        yield f"{name} is told in docker/cloud.sh and not here"


def published(services):
    """Ports of the local cloud on this machine, by those inside; compose versions write them differently."""
    ports = services["local-cloud"]["ports"]
    pairs = [(port["target"], port["published"]) if isinstance(port, dict) else port.split("/")[0].split(":")[:0:-1] for port in ports]
    return {str(inside): str(outside) for inside, outside in pairs}


def told(services, root, said):
    """What roles are told must be what the stand-ins say of themselves; browsers are sent to published ports."""
    host = lambda name: re.sub(r":80$", "", said[name].removeprefix("http://"))
    for variable, expression in told_by_cloud_sh(root).items():
        name = re.search(r'\["(\w+)"\]|host\("(\w+)"\)', expression)
        if not name:
            wanted = expression.strip().strip('"')
        elif name.group(1):
            wanted = said[name.group(1)]
        else:
            wanted = host(name.group(2))
        wanted = re.sub(r"(?<=//127\.0\.0\.1:)\d+", lambda port: published(services)[port.group()], wanted)
        variable = {"MODEL": "BERTH_MODEL_URL"}.get(variable, variable)
        for service, values in services.items():
            found = (values.get("environment") or {}).get(variable)
            if found is not None and str(found) != wanted:
                yield f"{service}: {variable} is {found}; the local cloud says {wanted}"


class Person:
    """A browser without a screen."""

    def __init__(self, url):
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        follow = urllib.request.HTTPRedirectHandler()
        follow.redirect_request = lambda *_: None
        proxies = urllib.request.ProxyHandler({})
        self.browser = urllib.request.build_opener(proxies, follow, urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, method, url, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(urllib.parse.urljoin(self.url, url), data, method=method)
        request.add_header("Origin", self.url)
        if data:
            request.add_header("Content-Type", "application/json")
        try:
            return self.browser.open(request, timeout=30)
        except urllib.error.HTTPError as answer:
            if answer.code in (302, 303, 307):
                return answer
            raise SystemExit(f"{method} {url}: {answer.code} {answer.read().decode(errors='replace')}") from None

    def json(self, method, url, body=None):
        return json.load(self.ask(method, url, body))

    def sign_in(self):
        page = self.ask("GET", "/api/auth/google").headers["Location"]
        back = self.ask("GET", f"{page}&account=0").headers["Location"]
        credential = urllib.parse.parse_qs(urllib.parse.urlsplit(back).fragment)["id_token"][0]
        self.json("POST", "/api/auth/google", {"credential": credential})

    def socket(self):
        token = self.json("POST", "/api/tokens", {"name": "compose"})["token"]
        return Socket(urllib.parse.urlsplit(self.url).netloc, token)


class Socket:
    """As much of a WebSocket as a client needs."""

    def __init__(self, address, token):
        host, port = address.rsplit(":", 1)
        self.stream = socket.create_connection((host, int(port)), timeout=120)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall((
            f"GET /workspace/me HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n\r\n").encode())
        self.reader = self.stream.makefile("rb")
        if b" 101 " not in self.reader.readline():
            raise SystemExit("no socket")
        while self.reader.readline().strip():
            pass

    def send(self, frame):
        data, mask = json.dumps(frame).encode(), os.urandom(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
        self.stream.sendall(b"\x81" + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def receive(self):
        while True:
            kind, length = self.reader.read(2)
            if length >= 126:
                length = int.from_bytes(self.reader.read(2 if length == 126 else 8), "big")
            data = self.reader.read(length)
            if kind & 0x0F == 1:
                return json.loads(data)
            if kind & 0x0F == 8:
                raise SystemExit("the socket was closed")


def say(began, text):
    print(f"    {time.monotonic() - began:5.1f} s  {text}", flush=True)


def use(url):
    began = time.monotonic()
    person = Person(url)
    person.sign_in()
    say(began, "signed in")
    agent = person.json("POST", "/api/agents", {"name": "Every minute", "prompt": "Say hello."})["id"]
    schedule = {"frequency": "cron", "cron": "* * * * *", "time_zone": "Asia/Seoul"}
    person.json("PUT", f"/api/agents/{agent}/schedule", schedule)
    talk = person.socket()
    talk.send({"type": "message", "id": str(uuid.uuid4()), "conversation_id": None, "agent_id": None, "content": "Make a chart of our sales."})
    while True:
        frame = talk.receive()
        if frame["type"] == "error":
            raise SystemExit(frame)
        if frame["type"] == "event" and frame["event"]["kind"] == "finished":
            break
    if frame["event"]["state"] != "succeeded":
        raise SystemExit(f"the answer: {frame}")
    say(began, "a message was answered")
    while True:
        runs = person.json("GET", f"/api/runs?agent_id={agent}")["items"]
        ended = [run for run in runs if run["finished_at"]]
        if ended:
            break
        if time.monotonic() - began > 150:
            raise SystemExit(f"the agent has not run: {runs}")
        time.sleep(0.5)
    if (ended[-1]["trigger"], ended[-1]["state"]) != ("schedule", "succeeded"):
        raise SystemExit(f"the agent's run: {ended[-1]}")
    say(began, "an agent ran on schedule")


def main():
    match sys.argv[1:]:
        case ["use", url]:
            return use(url)
        case ["read", root, program]:
            services = config()
            faults = list(read(services, pathlib.Path(root), program))
            # What must be found.
            services["api-1"]["environment"]["BERTH_LISTENS"] = "x"
            del services["hook"]["environment"]["BERTH_HOOK_CALLER"]
            services["runner-2"]["ports"] = ["8090:8090"]
            samples = len(list(read(services, pathlib.Path(root), program))) - len(faults)
            if samples != 4:
                faults.append(f"{samples} of 4 negative samples were found")
        case ["told", root, said]:
            services = config()
            faults = list(told(services, pathlib.Path(root), json.loads(said)))
            services["hook"]["environment"]["CLOUD_SCHEDULER_EMULATOR_HOST"] = "local-cloud:1"
            if len(list(told(services, pathlib.Path(root), json.loads(said)))) != len(faults) + 1:
                faults.append("the negative sample was not found")
        case _:
            raise SystemExit(__doc__)
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
