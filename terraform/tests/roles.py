"""Who may do what. A copy on purpose: a role that is given to somebody is written down twice, here and in modules/grants.

PROJECT stands for the project's name. A row: account, role, what it is given on, whether a condition narrows it.
"""

BASE = {
    # api: Firestore user; publish on one topic; KMS encrypt only.
    ("api", "roles/datastore.user", "project", True),
    ("api", "roles/pubsub.publisher", "topic berth-runs", False),
    ("api", "roles/cloudkms.cryptoKeyEncrypter", "key user-secrets", False),
    # runner: subscribe; publish what belongs to another runner; Firestore user; KMS decrypt; pull images; write logs and metrics; its bucket prefixes.
    ("runner", "roles/pubsub.subscriber", "subscription berth-runs-any", False),
    ("runner", "roles/pubsub.subscriber", "topic berth-runs", False),
    ("runner", "roles/pubsub.publisher", "topic berth-runs", False),
    ("runner", "projects/PROJECT/roles/berth_own_subscription", "project", False),
    ("runner", "roles/datastore.user", "project", True),
    ("runner", "roles/cloudkms.cryptoKeyDecrypter", "key user-secrets", False),
    ("runner", "roles/artifactregistry.reader", "repository berth", False),
    ("runner", "roles/logging.logWriter", "project", False),
    ("runner", "roles/monitoring.metricWriter", "project", False),
    ("runner", "roles/storage.objectUser", "bucket PROJECT-berth-snapshots", True),
    # hook: Firestore user; publish.
    ("hook", "roles/datastore.user", "project", True),
    ("hook", "roles/pubsub.publisher", "topic berth-runs", False),
    # Caller of the hook: that, and nothing else.
    ("scheduler", "roles/run.invoker", "service berth-hook", False),
    # Everybody may ask the API, which signs them in.
    ("everybody", "roles/run.invoker", "service berth-api", False),
    # Google's own account that sets hints aside.
    ("pubsub agent", "roles/pubsub.publisher", "topic berth-runs-dead", False),
    ("pubsub agent", "roles/pubsub.subscriber", "subscription berth-runs-any", False),
}

# model_upstream = "anthropic": the model key. "vertex": the runner's own account asks Vertex AI, and there is no key.
ANTHROPIC = {("runner", "roles/secretmanager.secretAccessor", "secret berth-model-key", False)}
VERTEX = {("runner", "roles/aiplatform.user", "project", False)}

# schedule_jobs: a Cloud Scheduler job for every schedule.
JOBS = {
    ("hook", "projects/PROJECT/roles/berth_schedule_jobs", "project", False),
    ("hook", "roles/iam.serviceAccountUser", "account scheduler", False),
}

# traces: spans go to Cloud Trace.
TRACES = {(role, "roles/telemetry.tracesWriter", "project", False) for role in ("api", "hook", "runner")}

# deployer: may start things in the roles' names.
DEPLOYER = {("deployer", "roles/iam.serviceAccountUser", f"account {role}", False) for role in ("api", "runner", "hook", "scheduler")}

CUSTOM = {
    "berth_own_subscription": {
        "pubsub.subscriptions.consume", "pubsub.subscriptions.create", "pubsub.subscriptions.delete", "pubsub.subscriptions.get",
    },
    "berth_schedule_jobs": {f"cloudscheduler.jobs.{verb}" for verb in ("create", "delete", "enable", "get", "list", "pause", "update")},
}

EXPECTED = {"plain": BASE | ANTHROPIC, "everything": BASE | VERTEX | JOBS | TRACES | DEPLOYER}

DEPLOYER_ROLES = {
    "roles/artifactregistry.writer", "roles/cloudkms.admin", "roles/cloudscheduler.admin", "roles/compute.admin", "roles/datastore.owner",
    "roles/dns.admin", "roles/iam.roleAdmin", "roles/iam.serviceAccountAdmin", "roles/logging.admin", "roles/monitoring.editor", "roles/ondemandscanning.admin",
    "roles/pubsub.admin", "roles/resourcemanager.projectIamAdmin", "roles/run.admin", "roles/secretmanager.admin", "roles/storage.admin",
}
# A CI outside of Google starts Cloud Build.
FEDERATED = {"roles/cloudbuild.builds.editor"}


def account(member):
    if member == "allUsers":
        return "everybody"
    if "gcp-sa-pubsub" in member:
        return "pubsub agent"
    return member.removeprefix("serviceAccount:").removesuffix("@accounts")


FIELDS = {
    "topic": "topic", "subscription": "subscription", "bucket": "bucket", "secret_id": "secret", "crypto_key_id": "key",
    "repository": "repository", "name": "service",
}


def given_on(grant):
    if grant["type"] == "google_service_account_iam_member":
        # One that is only made with this plan has no name yet; then the grant's key says whose it is.
        return "account " + (grant["key"] if isinstance(grant["key"], str) else grant["service_account_id"].rsplit("/", 1)[-1].removesuffix("@accounts"))
    for field, word in FIELDS.items():
        if grant.get(field):
            return f"{word} {grant[field].rsplit('/', 1)[-1]}"
    return "project"


def grants(plan):
    """Every grant of a plan, as rows of the tables above."""
    return {
        (account(grant["member"]), grant["role"].replace("berth-test", "PROJECT"), given_on(grant).replace("berth-test", "PROJECT"), bool(grant.get("condition")))
        for grant in plan.resources
        if grant["type"].endswith("_iam_member")
    }
