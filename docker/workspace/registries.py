"""Write /etc/berth/registries.json: where pip and npm of this image fetch packages, as the tools themselves say.

The gateway reads it to know the upstreams of its read-only registry proxies. No address is written down here.
"""

import json
import pathlib
import subprocess


def pip_index() -> str:
    configured = subprocess.run(["pip", "config", "get", "global.index-url"], capture_output=True, text=True)
    if configured.returncode == 0:
        return configured.stdout.strip()
    from pip._internal.models.index import PyPI

    return PyPI.simple_url


def npm_registry() -> str:
    return subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True).stdout.strip()


target = pathlib.Path("/etc/berth/registries.json")
target.parent.mkdir(mode=0o755, exist_ok=True)
target.write_text(json.dumps({"pypi": pip_index(), "npm": npm_registry()}, indent=1) + "\n")
