#!/bin/bash
# Shows that the workspace image can do what it promises under the restrictions of a workspace, and what these refuse. Runs inside, from
# standard input, so that nothing of it is in the image:
#   docker run --rm -i --entrypoint bash --network none --user 1000:1000 --read-only --tmpfs /tmp --cap-drop ALL \
#     --security-opt no-new-privileges --security-opt seccomp=docker/seccomp.json -v /home/claude -v /workspace IMAGE -s <smoke.sh
# Prints one line a check; the first failure ends it with that check's output.
set -euo pipefail
umask 002
work=$(mktemp -d -p /workspace)
cd "$work"

# A check is a function in a subshell of its own, ended by its first failing command; hence no `if` around it, which would switch that off.
check() {
  local name=$1 status began=${EPOCHREALTIME/./}
  shift
  set +e
  (set -e; "$@") >"$work/log" 2>&1 </dev/null
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    printf 'ok    %-22s %5d ms\n' "$name" $(((${EPOCHREALTIME/./} - began) / 1000))
  else
    printf 'FAIL  %s\n' "$name"
    tail -n 40 "$work/log"
    exit 1
  fi
}
refuses() { if "$@" 2>/dev/null; then return 1; fi; }

user() {
  [ "$(id -un):$(id -gn)" = claude:claude ] && [ "$HOME" = /home/claude ] && touch ~/x /workspace/x && rm ~/x /workspace/x
  [ "$(stat -c %a:%U:%G /workspace)" = 2775:claude:claude ]
  refuses touch /x
}
tools() {
  local t
  for t in bash git curl rg less ps pip python3 node npm npx jupyter xz; do "$t" --version; done
  unzip -v
  [ "$(TZ=Asia/Seoul date -d @0 +%H)" = 09 ]
}
cli() { claude --version | grep -F '2.1.329'; }
git_works() {
  git init -q repo && cd repo && echo 'hello' >a && git add a && git -c user.name=a -c user.email=a@b.c commit -qm one && git log --oneline | cat && rg hello
}
imports() {
  python3 - <<'PY'
import importlib, importlib.metadata as md, pkgutil
named = ["pandas", "numpy", "requests", "bs4", "matplotlib.pyplot", "seaborn", "sklearn", "plotly.express", "openpyxl", "dotenv",
         "scipy.stats", "IPython", "ipykernel", "ipywidgets", "nbconvert", "jupyterlab", "notebook", "jupyter_server", "debugpy", "jedi"]
for name in named:
    importlib.import_module(name)
# Every public module below these: nothing that was removed is missed by an import.
for root in ("numpy", "pandas", "scipy", "sklearn", "matplotlib", "seaborn", "openpyxl", "bs4", "jupyterlab_server", "nbformat", "babel", "fontTools.ttLib"):
    package = importlib.import_module(root)
    for m in pkgutil.walk_packages(package.__path__, root + ".", onerror=lambda _: None):
        if any(part.startswith("_") for part in m.name.split(".")) or any(w in m.name for w in
                ("conftest", "f2py", "distutils", "backend", "array_api_compat", "externals", "testing", "sphinxext", "plot_directive", "pytest", "messages", "pylab")):
            continue
        try:
            importlib.import_module(m.name)
        except ModuleNotFoundError as e:
            # Optional dependencies of a package are not its own modules.
            if (e.name or "").split(".")[0] == root.split(".")[0]:
                raise
        except ImportError as e:
            if "numba" not in str(e) and "optional" not in str(e):
                raise
PY
  pip check
}
analysis() {
  python3 - <<'PY'
import pandas as pd, numpy as np, plotly.express as px, plotly.graph_objects as go
from sklearn.linear_model import LinearRegression
from sklearn.datasets import load_iris
from scipy import optimize, linalg
from bs4 import BeautifulSoup
sales = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=90, tz="Asia/Seoul"), "won": np.arange(90) * 1000.0})
sales["day"] = sales["day"].dt.tz_localize(None)
sales.to_excel("s.xlsx", index=False)
assert pd.read_excel("s.xlsx")["won"].sum() == sales["won"].sum()
assert LinearRegression().fit(load_iris().data, load_iris().target).score(load_iris().data, load_iris().target) > 0.9
assert abs(optimize.brentq(lambda x: x * x - 2, 0, 2) - 2**0.5) < 1e-6 and linalg.svdvals(np.eye(3)).sum() == 3
assert len(px.line(sales, x="day", y="won").to_html()) > 1_000_000 and px.data.gapminder().shape[0] > 1000
assert BeautifulSoup("<p>a</p>", "html.parser").p.text == "a"
PY
}
korean_chart() {
  python3 -W error - 2>errors <<'PY' || { cat errors; return 1; }
import warnings; warnings.simplefilter("ignore", DeprecationWarning)
import logging, matplotlib.pyplot as plt, seaborn as sns
seen = []
class Keep(logging.Handler):
    def emit(self, record): seen.append(record.getMessage())
logging.getLogger("matplotlib.font_manager").addHandler(Keep(logging.WARNING))
def draw(name):
    fig, ax = plt.subplots()
    ax.plot([-1, 0, 1]); ax.set_title("월별 매출 中文 日本語 かな"); ax.set_xlabel("지역")
    fig.savefig(name)  # a glyph that is missing is a warning, and so an error here
draw("plain.png")
sns.set_theme(); draw("theme.png")
sns.set_style("whitegrid"); draw("style.png")
assert not [m for m in seen if "NanumGothic" in m or "Droid" in m], seen
PY
  refuses grep matplotlibrc errors
}
notebook() {
  python3 - <<'PY'
import nbformat.v4 as v4, nbformat
nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1,2]);\nprint(6*7)")]), "n.ipynb")
PY
  jupyter nbconvert --to html --execute n.ipynb && grep -q 42 n.html && jupyter nbconvert --to script n.ipynb
}
lab() {
  jupyter lab --version && jupyter notebook --version
  # The front end is served, through the links that replaced doubled files.
  jupyter lab --no-browser --port 8899 --ServerApp.token=t --ServerApp.root_dir=/workspace >"$work/lab.log" 2>&1 &
  local server=$! bundle
  # shellcheck disable=SC2064  # this server, now
  trap "kill $server; wait $server || true" EXIT
  curl -sf --retry 100 --retry-delay 1 --retry-max-time 60 --retry-connrefused -o lab.html 'http://127.0.0.1:8899/lab?token=t' || { cat "$work/lab.log"; return 1; }
  bundle=$(grep -o '/static/lab/[^"?]*\.js' lab.html | head -n 1)
  curl -sf -o bundle.js "http://127.0.0.1:8899$bundle?token=t" && [ -s bundle.js ]
  curl -sf -o tree.html 'http://127.0.0.1:8899/tree?token=t'
  bundle=$(grep -o '/static/notebook/[^"?]*\.js' tree.html | head -n 1)
  curl -sf -o notebook.js "http://127.0.0.1:8899$bundle?token=t" && [ -s notebook.js ]
}
completion() { python3 -c 'import jedi; assert any(c.name == "path" for c in jedi.Script("import os\nos.pa").complete(2, 5))'; }
wheel() {
  python3 - <<'PY'
import zipfile
with zipfile.ZipFile("tiny-1.0-py3-none-any.whl", "w") as z:
    z.writestr("tiny.py", "answer = 42\n")
    z.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
    z.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: smoke\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n")
PY
}
pip_user() { pip install --no-index ./tiny-1.0-py3-none-any.whl && python3 -c 'import tiny; assert tiny.__file__.startswith("/home/claude/.local/"), tiny.__file__'; }
pip_venv() { python3 -m venv v && v/bin/pip install --no-index ./tiny-1.0-py3-none-any.whl && v/bin/python -c 'import tiny'; }
npm_local() {
  mkdir -p tiny app
  printf '{"name":"tiny","version":"1.0.0","bin":{"tiny":"t.js"}}' >tiny/package.json
  printf '#!/usr/bin/env node\nconsole.log(42)\n' >tiny/t.js && chmod +x tiny/t.js
  (cd tiny && npm pack --offline) && (cd app && npm init -y && npm install --offline ../tiny/tiny-1.0.0.tgz && npx --offline tiny | grep 42)
  npm install -g --offline ./tiny/tiny-1.0.0.tgz && tiny | grep 42 && [ "$(command -v tiny)" = /home/claude/.local/bin/tiny ]
}
registries() { python3 -c 'import json; r = json.load(open("/etc/berth/registries.json")); assert all(r[k].startswith(("http://", "https://")) and "@" not in r[k] for k in ("pypi", "npm"))'; }
libraries() {
  python3 - <<'PY'
import ctypes, glob
import numpy, scipy.linalg, matplotlib.ft2font  # what the others are linked with
for path in glob.glob("/usr/local/lib/python3.11/dist-packages/**/*.so*", recursive=True):
    ctypes.CDLL(path)
PY
}
refused_calls() {
  python3 - <<'PY'
# What docker/seccomp.json refuses, tried one by one; the numbers are those of x86_64 and of aarch64.
import ctypes, errno, os, platform, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
column = {"x86_64": 0, "aarch64": 1}[platform.machine()]
calls = {"io_uring_setup": (425, 425), "userfaultfd": (323, 282), "bpf": (321, 280), "perf_event_open": (298, 241), "add_key": (248, 217),
         "keyctl": (250, 219), "ptrace": (101, 117), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
         "process_vm_readv": (310, 270), "open_by_handle_at": (304, 265), "memfd_secret": (447, 447), "chroot": (161, 51)}
for name, numbers in calls.items():
    ctypes.set_errno(0)
    assert libc.syscall(numbers[column], 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM, (name, ctypes.get_errno())
for family in (socket.AF_VSOCK, socket.AF_ALG, socket.AF_PACKET, socket.AF_BLUETOOTH):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
        except PermissionError:
            continue
        sys.exit(f"a socket of family {family} was made")
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
    socket.socket(family, socket.SOCK_STREAM).close()
# The other numbering of the same machine (x32) would be a way round the filter.
if column == 0 and (child := os.fork()) == 0:
    os._exit(0 if libc.syscall(0x40000000 + 41, socket.AF_ALG, socket.SOCK_SEQPACKET, 0) == -1 else 1)
elif column == 0:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGSYS), status
PY
}
first_import() { python3 -c 'import pandas'; }

check "user and folders" user
check "tools" tools
check "Claude Code CLI" cli
check "git, rg" git_works
check "import pandas" first_import
check "analysis" analysis
check "chart with CJK labels" korean_chart
check "notebook" notebook
check "jupyter lab" lab
check "completion" completion
check "a wheel" wheel
check "pip install" pip_user
check "pip in a venv" pip_venv
check "npm install" npm_local
check "registries" registries
check "refused system calls" refused_calls
check "every library" libraries
check "every module" imports
rm -rf "$work"
