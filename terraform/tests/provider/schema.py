"""The schema of Google's provider, without the provider.

The provider itself comes from a registry that builds may not reach. The PyPI package cdktn-provider-google is generated from its schema: each
resource is a JavaScript class whose `synthesizeHclAttributes` lists every attribute with its type, and whose typed configuration says which
are required. That is read back here. Lost on the way: whether an optional attribute is also computed (all are taken to be), conflicts between
arguments, and ranges of values.
"""

import io
import re
import tarfile
import zipfile

SCALARS = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
NESTING = {"struct": 1, "list": 2, "set": 3, "map": 4}
ENTRY = re.compile(
    r'\n\s+(\w+): \{\n\s+value: .*?,\n\s+isBlock: (\w+),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)"', re.S
)


def sources(wheel, folders):
    """The texts of the wanted folders (`cloud-run-v2-service`), by folder: JavaScript and its declarations."""
    archive = zipfile.ZipFile(wheel)
    inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as package:
        for member in package:
            parts = member.name.split("/")
            if len(parts) < 4 or parts[1] != "lib" or parts[2] not in folders:
                continue
            if parts[-1] == "index.js" or parts[-1].endswith(".d.ts") or parts[-1].endswith(".js"):
                kind = "types" if parts[-1].endswith(".d.ts") else "code"
                text = package.extractfile(member).read().decode()
                found.setdefault(parts[2], {"types": "", "code": ""})[kind] += text
    missing = set(folders) - set(found)
    if missing:
        raise SystemExit(f"the provider has no such resource or data source: {', '.join(sorted(missing))}")
    return found


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", lambda match: "_" + match.group(1).lower(), name)


def attribute_type(kind, storage):
    if kind == "simple":
        return SCALARS.get(storage, "dynamic")
    element = re.match(r"(string|number|boolean|any)", storage)
    return [kind if kind in ("map", "set") else "list", SCALARS[element.group(1)] if element else "string"]


class Reader:
    """Reads one resource."""

    def __init__(self, code, types):
        self.code, self.types = code, types
        self.interfaces = {
            name: dict(
                (field, (optional != "?", declared))
                for field, optional, declared in re.findall(r"readonly (\w+)(\??): ([^;]+);", body)
            )
            for name, body in re.findall(r"export interface (\w+)(?: extends [\w.]+)? \{(.*?)\n\}", types, re.S)
        }
        self.writers = {
            name.lower(): body for name, body in re.findall(r"function (\w+)ToHclTerraform\(struct\) \{(.*?)\n\}", code, re.S)
        }

    def block(self, body, interface):
        # JavaScript's names have lost the underscores; they are compared without.
        declared = {snake(field).replace("_", ""): value for field, value in self.interfaces.get(interface, {}).items()}
        attributes, blocks = [], []
        for name, is_block, kind, storage in ENTRY.findall(body):
            required, text = declared.get(name.replace("_", ""), (False, ""))
            if is_block == "false":
                attributes.append(attribute(name, attribute_type(kind, storage), required))
                continue
            inner = storage if kind == "struct" else re.sub(r"(List|Map)$", "", storage)
            mode = NESTING.get(kind, 2)
            listed = mode in (2, 3)
            blocks.append({
                "name": name,
                "nesting": mode,
                "min": int(required and listed),
                "max": 0 if "[]" in text or mode == 1 else 1,
                "block": self.block(self.writers.get(inner.lower(), ""), inner),
            })
        return {"attributes": attributes, "blocks": blocks}

    def resource(self):
        config = next(
            name for name in self.interfaces
            if name.endswith("Config") and re.search(rf"class {name[:-6]} extends cdktn", self.types)
        )
        body = re.search(r"synthesizeHclAttributes\(\) \{(.*?)\n    \}", self.code, re.S).group(1)
        block = self.block(body, config)
        self.add_computed(block, config[:-6])
        return block

    def add_computed(self, block, name):
        """What only the provider sets is a getter that no configuration names."""
        known = {entry["name"] for entry in block["attributes"] + block["blocks"]}
        body = re.search(rf"export declare class {name} extends cdktn\.Terraform\w+ \{{(.*?)\n\}}", self.types, re.S).group(1)
        simple = {"string": "string", "number": "number", "cdktn.IResolvable": "bool", "boolean": "bool",
                  "string[]": ["list", "string"], "cdktn.StringMap": ["map", "string"]}
        for getter, declared in re.findall(r"\n    get (\w+)\(\): ([^;]+);", body):
            own = snake(getter)
            if not getter.endswith("Input") and own != "fqn" and own not in known:
                block["attributes"].append(computed(own, simple.get(declared, "dynamic")))
                known.add(own)
        if "id" not in known:
            block["attributes"].append(computed("id", "string"))


def attribute(name, kind, required):
    return {"name": name, "type": kind, "required": required, "optional": not required, "computed": not required}


def computed(name, kind):
    return {"name": name, "type": kind, "required": False, "optional": False, "computed": True}


def derive(wheel, used):
    """Schemas of the provider and of what is used: a set of ("resource" | "data", "google_…")."""
    folders = {("data-google-" if kind == "data" else "") + name.removeprefix("google_").replace("_", "-"): (kind, name) for kind, name in used}
    texts = sources(wheel, [*folders, "provider"])
    schemas = {"provider": Reader(**texts["provider"]).resource(), "resource": {}, "data": {}}
    schemas["provider"]["attributes"] = [
        {**entry, "optional": not entry["required"], "computed": False} for entry in schemas["provider"]["attributes"] if entry["name"] != "id"
    ]
    for folder, (kind, name) in folders.items():
        schemas[kind][name] = Reader(**texts[folder]).resource()
    schemas["version"] = re.search(r"providerVersion: '([^']+)'", texts["provider"]["code"]).group(1)
    return schemas
