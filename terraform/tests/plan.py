"""What a policy sees of a plan: resources with the values they would get."""

import yaml


class Plan:
    def __init__(self, name, variant, raw):
        self.name, self.variant = name, variant
        self.resources = [
            # Ours last: a few resources have attributes of their own with these names.
            {**change["change"]["after"], "address": change["address"], "type": change["type"], "key": change.get("index")}
            for change in raw["resource_changes"]
            if change["mode"] == "managed" and change["change"]["after"] is not None
        ]

    def of(self, *types):
        return [resource for resource in self.resources if resource["type"] in types]

    def one(self, type_, **values):
        found = [resource for resource in self.of(type_) if all(resource.get(key) == value for key, value in values.items())]
        assert len(found) == 1, f"{self.name}: {len(found)} of {type_} with {values}"
        return found[0]

    def service(self, name):
        return self.one("google_cloud_run_v2_service", name=name)

    def machine(self):
        """The files that a runner writes when it starts, by path, and its commands."""
        template = self.one("google_compute_region_instance_template")
        described = yaml.safe_load(template["metadata"]["user-data"])
        return {entry["path"]: entry["content"] for entry in described["write_files"]}, described["runcmd"]


def container(service):
    return service["template"][0]["containers"][0]


def environment(service):
    return {entry["name"]: entry for entry in container(service)["env"]}


def edit_machine(plan, path, change):
    """For negative samples: changes one of the files that a runner writes."""
    template = plan.one("google_compute_region_instance_template")
    described = yaml.safe_load(template["metadata"]["user-data"])
    for entry in described["write_files"]:
        if entry["path"].endswith(path):
            entry["content"] = change(entry["content"])
    template["metadata"]["user-data"] = "#cloud-config\n" + yaml.safe_dump(described)
