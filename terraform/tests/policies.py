"""What must hold of every plan. Each policy yields faults, and has at least one negative sample: a change to a good plan after which it must
find a fault. A policy without a sample does not load."""

import re
import subprocess

import roles
from plan import container, edit_machine, environment

POLICIES = []


def policy(scope, *samples):
    """Registers a policy for `berth` (an environment) or `bootstrap`, with its negative samples."""
    assert samples, "a policy that nothing can break proves nothing"

    def register(check):
        POLICIES.append((scope, check, samples))
        return check

    return register


DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


# ---- the network


def give_address(plan):
    plan.one("google_compute_region_instance_template")["network_interface"][0]["access_config"] = [{}]


def reserve_address(plan):
    plan.resources.append({"address": "x", "type": "google_compute_address", "address_type": "EXTERNAL"})


@policy("berth", give_address, reserve_address)
def no_external_address(plan):
    for template in plan.of("google_compute_region_instance_template", "google_compute_instance_template", "google_compute_instance"):
        for interface in template["network_interface"]:
            if interface.get("access_config") or interface.get("ipv6_access_config") or interface["stack_type"] != "IPV4_ONLY":
                yield f"{template['address']} has an external address"
    for address in plan.of("google_compute_address", "google_compute_global_address", "google_compute_forwarding_rule"):
        yield f"{address['address']}: nothing here has an address of its own"


def forget_the_denial(plan):
    plan.resources.remove(plan.one("google_compute_network_firewall_policy_rule", rule_name="deny-egress"))


def deny_only_ipv4(plan):
    plan.resources.remove(plan.one("google_compute_network_firewall_policy_rule", rule_name="deny-egress-ipv6"))


def deny_some(plan):
    plan.one("google_compute_network_firewall_policy_rule", rule_name="deny-ingress")["target_service_accounts"] = ["runner@accounts"]


@policy("berth", forget_the_denial, deny_only_ipv4, deny_some)
def everything_is_denied_in_the_end(plan):
    rules = plan.of("google_compute_network_firewall_policy_rule")
    for direction, field in (("EGRESS", "dest_ip_ranges"), ("INGRESS", "src_ip_ranges")):
        denials = [
            rule for rule in rules
            if rule["direction"] == direction and rule["action"] == "deny" and not rule.get("target_service_accounts") and not rule.get("disabled")
            and [layer["ip_protocol"] for layer in rule["match"][0]["layer4_configs"]] == ["all"]
        ]
        if {address for rule in denials for address in rule["match"][0][field]} < {"0.0.0.0/0", "::/0"}:
            yield f"nothing denies {direction} as a whole"
        first = min((rule["priority"] for rule in denials), default=0)
        if any(rule["direction"] == direction and rule["action"] == "allow" and rule["priority"] > first for rule in rules):
            yield f"a rule stands behind the denial of {direction}"
    if len(plan.of("google_compute_network_firewall_policy_association")) != 1:
        yield "the rules are attached to no network"


ALLOWED = {
    "plain": {
        ("INGRESS", 8090, "35.191.0.0/16 130.211.0.0/22"), ("INGRESS", 8090, "10.20.1.0/26"),
        ("EGRESS", 8090, "10.20.0.0/24"), ("EGRESS", 443, "199.36.153.8/30"), ("EGRESS", 443, "api.anthropic.com"),
    },
    "everything": {
        ("INGRESS", 8090, "35.191.0.0/16 130.211.0.0/22"), ("INGRESS", 8090, "10.20.1.0/26"), ("INGRESS", 22, "35.235.240.0/20"),
        ("EGRESS", 8090, "10.20.0.0/24"), ("EGRESS", 443, "199.36.153.8/30"), ("EGRESS", 443, "packages.example.com data.example.com"),
        ("EGRESS", 443, "0.0.0.0/0"),
    },
}


def open_a_port(plan):
    plan.one("google_compute_network_firewall_policy_rule", rule_name="google-apis")["match"][0]["layer4_configs"][0]["ports"] = ["443", "25"]


def open_all_ports(plan):
    plan.one("google_compute_network_firewall_policy_rule", rule_name="google-apis")["match"][0]["layer4_configs"][0]["ports"] = None


def widen(plan):
    plan.one("google_compute_network_firewall_policy_rule", rule_name="api-to-runner")["match"][0]["src_ip_ranges"] = ["0.0.0.0/0"]


def classic_rule(plan):
    plan.resources.append({"address": "x", "type": "google_compute_firewall"})


@policy("berth", open_a_port, open_all_ports, widen, classic_rule)
def exactly_the_listed_ways_are_open(plan):
    found = set()
    for rule in plan.of("google_compute_network_firewall_policy_rule"):
        if rule["action"] != "allow":
            continue
        match = rule["match"][0]
        targets = " ".join((match.get("src_ip_ranges") or []) + (match.get("dest_ip_ranges") or []) + (match.get("dest_fqdns") or []))
        for layer in match["layer4_configs"]:
            for port in layer.get("ports") or ["all"]:
                found.add((rule["direction"], int(port) if port.isdigit() else port, targets))
    for way in found ^ ALLOWED[plan.variant]:
        yield f"{'open without being listed' if way in found else 'listed but not open'}: {way}"
    for rule in plan.of("google_compute_firewall"):
        yield f"{rule['address']}: rules are in the policy, and nowhere else"


# ---- identities


def ask_a_path_cloud_run_keeps(plan):
    plan.of("google_monitoring_uptime_check_config")[0]["http_check"][0]["path"] = "/healthz"


def ask_whether_a_runner_is_ready(plan):
    plan.of("google_compute_health_check")[0]["http_health_check"][0]["request_path"] = "/readyz"


@policy("berth", ask_a_path_cloud_run_keeps, ask_whether_a_runner_is_ready)
def health_is_asked_where_it_is_answered(plan):
    if any(check["http_check"][0]["path"].endswith("z") for check in plan.of("google_monitoring_uptime_check_config")):
        yield "Cloud Run keeps paths that end in z to itself: asked from outside they answer 404"
    for check in plan.of("google_compute_health_check"):
        # A runner that drains is not ready and lives: replacing it would cut its work off.
        if check["http_health_check"][0]["request_path"] != "/healthz" or check["http_health_check"][0]["port"] != 8090:
            yield "a runner is replaced for something else than being dead"


def promote(plan):
    grant = next(grant for grant in plan.of("google_project_iam_member") if grant["role"] == "roles/datastore.user")
    grant["role"] = "roles/datastore.owner"


def drop_condition(plan):
    next(grant for grant in plan.of("google_storage_bucket_iam_member") if grant["condition"])["condition"] = []


def forget_a_grant(plan):
    plan.resources.remove(plan.of("google_pubsub_topic_iam_member")[0])


def widen_a_custom_role(plan):
    plan.of("google_project_iam_custom_role")[0]["permissions"].append("pubsub.topics.delete")


@policy("berth", promote, drop_condition, forget_a_grant, widen_a_custom_role)
def roles_are_exactly_the_table(plan):
    expected, found = roles.EXPECTED[plan.variant], roles.grants(plan)
    for row in expected ^ found:
        yield f"{'granted, but not in the table' if row in found else 'in the table, but not granted'}: {row}"
    for role in plan.of("google_project_iam_custom_role"):
        if set(role["permissions"]) != roles.CUSTOM.get(role["role_id"]):
            yield f"{role['role_id']} allows {role['permissions']}"


def make_a_key(plan):
    plan.resources.append({"address": "x", "type": "google_service_account_key"})


def take_over_the_policy(plan):
    plan.resources.append({"address": "x", "type": "google_project_iam_binding"})


@policy("berth", make_a_key, take_over_the_policy)
@policy("bootstrap", make_a_key, take_over_the_policy)
def no_key_files_and_no_policy_taken_over(plan):
    for resource in plan.resources:
        if resource["type"] in ("google_service_account_key", "google_storage_hmac_key", "google_secret_manager_secret_version", "google_apikeys_key"):
            yield f"{resource['address']}: a key would stand in Terraform's state"
        if resource["type"].endswith(("_iam_binding", "_iam_policy")):
            yield f"{resource['address']} would remove what it does not know; grant with …_iam_member"


def own_the_project(plan):
    plan.of("google_project_iam_member")[0]["role"] = "roles/editor"


def grant_anything(plan):
    next(grant for grant in plan.of("google_project_iam_member") if grant["role"].endswith("projectIamAdmin"))["condition"] = []


@policy("bootstrap", own_the_project, grant_anything)
def the_deployer_has_its_roles_and_gives_only_berths(plan):
    given = {grant["role"]: grant for grant in plan.of("google_project_iam_member")}
    for role in set(given) ^ (roles.DEPLOYER_ROLES | (roles.FEDERATED if plan.variant == "everything" else set())):
        yield f"{role} is {'not in the table' if role in given else 'in the table but not given'}"
    admin = given.get("roles/resourcemanager.projectIamAdmin")
    if admin and not (admin["condition"] and "modifiedGrantsByRole" in admin["condition"][0]["expression"]):
        yield "the deployer could make itself owner"


def any_repository(plan):
    plan.one("google_iam_workload_identity_pool_provider")["attribute_condition"] = None


@policy("bootstrap", any_repository)
def one_repository_and_one_branch_may_deploy(plan):
    for provider in plan.of("google_iam_workload_identity_pool_provider"):
        condition = provider.get("attribute_condition") or ""
        if "assertion.repository ==" not in condition or "assertion.ref ==" not in condition:
            yield f"{provider['address']}: whoever the issuer knows could deploy"


def build_pull_requests(plan):
    plan.one("google_cloudbuild_trigger")["repository_event_config"][0].update(push=[], pull_request=[{"branch": "^main$"}])


@policy("bootstrap", build_pull_requests)
def strangers_do_not_build_as_the_deployer(plan):
    for trigger in plan.of("google_cloudbuild_trigger"):
        if trigger["repository_event_config"][0]["pull_request"]:
            yield f"{trigger['address']}: a pull request would run with the deployer's rights"


# ---- what runs


def expose_the_hook(plan):
    plan.service("berth-hook")["ingress"] = "INGRESS_TRAFFIC_ALL"


def everybody_calls_the_hook(plan):
    plan.one("google_cloud_run_v2_service_iam_member", name="berth-hook")["member"] = "allUsers"


def skip_the_check(plan):
    plan.service("berth-hook")["invoker_iam_disabled"] = True


@policy("berth", expose_the_hook, everybody_calls_the_hook, skip_the_check)
def the_hook_has_one_caller(plan):
    if plan.service("berth-hook")["ingress"] != "INGRESS_TRAFFIC_INTERNAL_ONLY":
        yield "the hook can be reached from the internet"
    if plan.service("berth-hook").get("invoker_iam_disabled"):
        yield "the hook admits callers without a token"
    for grant in plan.of("google_cloud_run_v2_service_iam_member"):
        if grant["name"] == "berth-hook" and grant["member"] != "serviceAccount:scheduler@accounts":
            yield f"{grant['member']} may call the hook"


def another_audience(plan):
    plan.one("google_cloud_scheduler_job")["http_target"][0]["oidc_token"][0]["audience"] = "https://berth-api.run.test"


def another_caller(plan):
    environment(plan.service("berth-hook"))["BERTH_HOOK_CALLER"]["value"] = "api@accounts"


@policy("berth", another_audience, another_caller)
def tick_and_hook_agree(plan):
    tick, hook = plan.one("google_cloud_scheduler_job"), plan.service("berth-hook")
    token, told = tick["http_target"][0]["oidc_token"][0], environment(hook)
    if tick["schedule"] != "* * * * *" or not tick["http_target"][0]["uri"].endswith("/tick"):
        yield "the tick does not come every minute"
    if {token["audience"]} != set(hook["custom_audiences"]) or token["audience"] != told["BERTH_HOOK_AUDIENCE"]["value"]:
        yield "the hook expects another audience than the tick has"
    if token["service_account_email"] != told["BERTH_HOOK_CALLER"]["value"]:
        yield "the hook expects another caller"


def tag_a_service(plan):
    container(plan.service("berth-api"))["image"] = "europe-west1-docker.pkg.dev/berth-test/berth/api:latest"


def tag_a_workspace(plan):
    edit_machine(plan, "runner.env", lambda text: re.sub(r"workspace@sha256:\w+", "workspace:latest", text))


def tag_in_a_unit(plan):
    edit_machine(plan, "berth-gateway.service", lambda text: re.sub(r"gateway@sha256:\w+", "gateway:1", text))


@policy("berth", tag_a_service, tag_a_workspace, tag_in_a_unit)
def images_are_named_by_digest(plan):
    for service in plan.of("google_cloud_run_v2_service"):
        if not DIGEST.search(container(service)["image"]):
            yield f"{service['address']}: {container(service)['image']}"
    for path, text in plan.machine()[0].items():
        for image in re.findall(r"[^\s']+-docker\.pkg\.dev/[^\s']+", text):
            if not DIGEST.search(image):
                yield f"{path}: {image}"


SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL")
# Where a secret or a key is, not what it is.
PLACE = re.compile(r"^$|^projects/[^/]+/(secrets/[^/]+|locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+)$")


def plain_secret(plan):
    environment(plan.service("berth-api"))["BERTH_GCP_KMS_KEY"].update(value="0123456789abcdef")


def plain_secret_on_a_runner(plan):
    edit_machine(plan, "gateway.env", lambda text: text + "ANTHROPIC_API_KEY=sk-ant-0\n")


@policy("berth", plain_secret, plain_secret_on_a_runner)
def no_secret_stands_in_an_environment(plan):
    told = [
        (service["name"], name, entry.get("value"))
        for service in plan.of("google_cloud_run_v2_service") for name, entry in environment(service).items() if not entry.get("value_source")
    ] + [
        (path, *line.split("=", 1))
        for path, text in plan.machine()[0].items() if path.endswith(".env") for line in text.splitlines()
    ]
    for where, name, value in told:
        if SECRET.search(name) and not PLACE.match(value or ""):
            yield f"{where}: {name} holds a value"


def unshield(plan):
    plan.one("google_compute_region_instance_template")["shielded_instance_config"][0]["enable_secure_boot"] = False


def log_in_with_project_keys(plan):
    plan.one("google_compute_region_instance_template")["metadata"]["enable-oslogin"] = "FALSE"


def be_nobody(plan):
    plan.one("google_compute_region_instance_template")["service_account"][0]["email"] = None


@policy("berth", unshield, log_in_with_project_keys, be_nobody)
def machines_are_shielded_and_named(plan):
    template = plan.one("google_compute_region_instance_template")
    shield = template["shielded_instance_config"][0]
    if not all(shield[field] for field in ("enable_secure_boot", "enable_vtpm", "enable_integrity_monitoring")):
        yield "a runner is not a Shielded VM"
    for name, wanted in (("enable-oslogin", "TRUE"), ("block-project-ssh-keys", "TRUE"), ("serial-port-enable", "FALSE")):
        if template["metadata"].get(name) != wanted:
            yield f"metadata {name} is not {wanted}"
    if template.get("can_ip_forward"):
        yield "a runner may send for others"
    for service in plan.of("google_cloud_run_v2_service"):
        if not service["template"][0].get("service_account"):
            yield f"{service['name']} runs as the project's default account"
    if not template["service_account"][0].get("email"):
        yield "runners run as the project's default account"


def forget_the_new_address(plan):
    edit_machine(plan, "metadata.sh", lambda text: text.replace("fd20:ce::254", "fd20:ce::253"))


def start_before_the_wall(plan):
    edit_machine(plan, "berth-runner.service", lambda text: text.replace("berth-metadata.service", ""))


@policy("berth", forget_the_new_address, start_before_the_wall)
def containers_do_not_reach_the_metadata_server(plan):
    files, _ = plan.machine()
    for tool, address in (("iptables", "169.254.169.254/32"), ("ip6tables", "fd20:ce::254/128")):
        if not re.search(rf"^\s*(\|\| )?{tool} -w -t raw -I PREROUTING -d {re.escape(address)} -j DROP$", files["/etc/berth/metadata.sh"], re.M):
            yield f"{address} is open to containers"
    for unit in ("gateway", "runner"):
        if not re.search(r"^Requires=.*\bberth-metadata\.service\b", files[f"/etc/systemd/system/berth-{unit}.service"], re.M):
            yield f"the {unit} starts without the wall"


def share_the_engine(plan):
    edit_machine(plan, "berth-gateway.service", lambda text: text.replace("--read-only", "--read-only --volume /var/run/docker.sock:/var/run/docker.sock"))


def be_root(plan):
    edit_machine(plan, "berth-gateway.service", lambda text: text.replace("--user 10001:10001", ""))


def be_privileged(plan):
    edit_machine(plan, "berth-runner.service", lambda text: text.replace("--cap-drop ALL", "--privileged"))


def be_able_to_more(plan):
    edit_machine(plan, "berth-runner.service", lambda text: text.replace("--cap-add FSETID", "--cap-add FSETID --cap-add SYS_ADMIN"))


# The runner copies files of many accounts out of volumes and brings them back with their owners; the gateway touches none.
CAPABILITIES = {"gateway": [], "runner": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"]}
ACCOUNTS = {"gateway": "--user 10001:10001", "runner": "--user 0:10001"}


@policy("berth", share_the_engine, be_root, be_privileged, be_able_to_more)
def roles_on_a_runner_have_what_they_need_and_no_more(plan):
    files, _ = plan.machine()
    for role in ("gateway", "runner"):
        unit = files[f"/etc/systemd/system/berth-{role}.service"]
        for needed in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", ACCOUNTS[role], "--pids-limit"):
            if needed not in unit:
                yield f"{role}: without {needed}"
        added = re.findall(r"--cap-add[ =](\S+)", unit)
        if "--privileged" in unit or added != CAPABILITIES[role]:
            yield f"{role}: privileged"
    if "docker.sock" in files["/etc/systemd/system/berth-gateway.service"]:
        yield "the gateway holds the engine's socket"


def break_a_script(plan):
    edit_machine(plan, "images.sh", lambda text: text.replace("done", "", 1))


def start_nothing(plan):
    edit_machine(plan, "berth-runner.service", lambda text: text.replace("ExecStop", "ExecReload"))


@policy("berth", break_a_script, start_nothing)
def a_runner_starts_and_drains_by_itself(plan):
    files, commands = plan.machine()
    for path, text in files.items():
        if path.endswith(".sh"):
            checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
            if checked.returncode:
                yield f"{path}: {checked.stderr.strip()}"
        if "${" in text:
            yield f"{path}: something was not filled in"
    started = {word for command in commands if command[:2] == ["systemctl", "start"] for word in command[2:]}
    units = {path.rsplit("/", 1)[-1]: text for path, text in files.items() if path.endswith(".service")}
    if started != set(units):
        yield f"started and written units differ: {started ^ set(units)}"
    grace = re.search(r"^ExecStop=.* --time (\d+) berth-runner$", units["berth-runner.service"], re.M)
    limit = re.search(r"^TimeoutStopSec=(\d+)$", units["berth-runner.service"], re.M)
    if not (grace and limit and int(grace.group(1)) < int(limit.group(1)) <= 90):
        yield "a runner is not given its time to drain"


def never_heal(plan):
    plan.one("google_compute_region_instance_group_manager")["auto_healing_policies"] = []


def another_signal(plan):
    # An environment of one runner does not scale: there, a group that both scales and has a size is the fault.
    for scaler in plan.of("google_compute_region_autoscaler"):
        scaler["autoscaling_policy"][0]["metric"] = []
        return
    plan.one("google_compute_region_instance_group_manager")["target_size"] = None


@policy("berth", never_heal, another_signal)
def runners_heal_and_follow_the_backlog(plan):
    group = plan.one("google_compute_region_instance_group_manager")
    if not group["auto_healing_policies"]:
        yield "a dead runner stays dead"
    scalers = plan.of("google_compute_region_autoscaler")
    if not scalers and not group.get("target_size"):
        yield "nobody says how many runners there are"
    for scaler in scalers:
        followed = scaler["autoscaling_policy"][0]
        metrics = {metric["name"] for metric in followed["metric"] if metric.get("single_instance_assignment")}
        if metrics != {"pubsub.googleapis.com/subscription/num_undelivered_messages"}:
            yield "the number of runners does not follow the backlog"
        if not followed["scale_in_control"]:
            yield "runners may go all at once"


def one_at_a_time(plan):
    plan.service("berth-api")["template"][0]["max_instance_request_concurrency"] = 1


def short_sockets(plan):
    plan.service("berth-api")["template"][0]["timeout"] = "300s"


@policy("berth", one_at_a_time, short_sockets)
def the_api_serves_web_sockets(plan):
    template = plan.service("berth-api")["template"][0]
    if template["timeout"] != "3600s":
        yield "sockets end before Cloud Run's 60 minutes"
    if template["max_instance_request_concurrency"] < 80:
        yield "an instance takes too few sockets"
    if not template["session_affinity"]:
        yield "a client changes instances without need"


# ---- what is kept


def open_a_bucket(plan):
    plan.of("google_storage_bucket")[0]["public_access_prevention"] = "inherited"


def use_lists(plan):
    plan.of("google_storage_bucket")[0]["uniform_bucket_level_access"] = False


@policy("berth", open_a_bucket, use_lists)
@policy("bootstrap", open_a_bucket, use_lists)
def buckets_are_private(plan):
    for bucket in plan.of("google_storage_bucket"):
        if bucket["uniform_bucket_level_access"] is not True or bucket["public_access_prevention"] != "enforced":
            yield f"{bucket['name']} can be made public"
        if not bucket["lifecycle_rule"]:
            yield f"{bucket['name']} grows for ever"
        if bucket.get("force_destroy"):
            yield f"{bucket['name']} can be deleted with what is in it"


def no_way_back(plan):
    plan.one("google_firestore_database")["point_in_time_recovery_enablement"] = "POINT_IN_TIME_RECOVERY_DISABLED"


def deletable(plan):
    plan.one("google_firestore_database")["delete_protection_state"] = "DELETE_PROTECTION_DISABLED"


@policy("berth", no_way_back, deletable)
def the_store_survives_mistakes(plan):
    database = plan.one("google_firestore_database")
    if database["delete_protection_state"] != "DELETE_PROTECTION_ENABLED":
        yield "the database can be deleted"
    if database["point_in_time_recovery_enablement"] != "POINT_IN_TIME_RECOVERY_ENABLED":
        yield "there is no way back to a minute ago"
    if len(plan.of("google_firestore_backup_schedule")) < 2:
        yield "there is no daily and weekly backup"


def drop_dead_letters(plan):
    plan.resources.remove(plan.one("google_pubsub_subscription", name="berth-runs-dead"))


def take_every_hint(plan):
    plan.one("google_pubsub_subscription", name="berth-runs-any")["filter"] = None


@policy("berth", drop_dead_letters, take_every_hint)
def hints_are_routed_and_never_silently_dropped(plan):
    subscriptions = {subscription["name"]: subscription for subscription in plan.of("google_pubsub_subscription")}
    if "berth-runs-dead" not in subscriptions:
        yield "nobody keeps dead letters"
    if subscriptions["berth-runs-any"]["filter"] != "NOT attributes:runner":
        yield "hints for one runner reach them all"
    for subscription in subscriptions.values():
        if not subscription["expiration_policy"] or subscription["expiration_policy"][0]["ttl"] != "":
            yield f"{subscription['name']} expires when it is not used"


def never_rotate(plan):
    plan.one("google_kms_crypto_key")["rotation_period"] = None


@policy("bootstrap", never_rotate)
def the_key_rotates(plan):
    for key in plan.of("google_kms_crypto_key"):
        if int((key.get("rotation_period") or "0s").rstrip("s")) not in range(86400, 365 * 86400):
            yield f"{key['address']} does not rotate within a year"


def mute(plan):
    for alert in plan.of("google_monitoring_alert_policy"):
        alert["documentation"] = []


def watch_nothing(plan):
    plan.resources = [resource for resource in plan.resources if resource["type"] != "google_monitoring_uptime_check_config"]


@policy("berth", mute, watch_nothing)
def every_alert_says_what_to_do(plan):
    for alert in plan.of("google_monitoring_alert_policy"):
        if not alert["documentation"] or len(alert["documentation"][0]["content"]) < 40:
            yield f"{alert['display_name']} leaves the reader alone"
    if not plan.of("google_monitoring_uptime_check_config"):
        yield "nobody looks from outside"
