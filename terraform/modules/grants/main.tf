# Who may do what: the table of docs/deploy.md, and nothing beside it. Every grant is on the smallest thing that has a policy of its own;
# where Google has only the project, a condition names the thing. terraform/tests/policies compares the plan with a copy of the table.

locals {
  member = { for role, email in var.accounts : role => "serviceAccount:${email}" }

  only_this_database = {
    title      = "only-berths-database"
    expression = "resource.name == \"projects/${var.project}/databases/${var.database}\" || resource.name.startsWith(\"projects/${var.project}/databases/${var.database}/\")"
  }

  # What Google grants only on a project.
  on_project = merge(
    {
      "api: store"      = { who = "api", role = "roles/datastore.user", condition = local.only_this_database }
      "hook: store"     = { who = "hook", role = "roles/datastore.user", condition = local.only_this_database }
      "runner: store"   = { who = "runner", role = "roles/datastore.user", condition = local.only_this_database }
      "runner: logs"    = { who = "runner", role = "roles/logging.logWriter", condition = null }
      "runner: metrics" = { who = "runner", role = "roles/monitoring.metricWriter", condition = null }
      "runner: queue"   = { who = "runner", role = google_project_iam_custom_role.own_subscription.name, condition = null }
    },
    var.model_upstream == "vertex" ? {
      "runner: model" = { who = "runner", role = "roles/aiplatform.user", condition = null }
    } : {},
    var.traces ? {
      for who in ["api", "hook", "runner"] :
      "${who}: traces" => { who = who, role = "roles/telemetry.tracesWriter", condition = null }
    } : {},
    var.schedule_jobs ? {
      "hook: jobs" = { who = "hook", role = one(google_project_iam_custom_role.schedule_jobs).name, condition = null }
    } : {},
  )

  on_secret = var.model_upstream == "vertex" ? {} : { "runner: model key" = { who = "runner", secret = var.model_key } }
}

resource "google_project_iam_member" "this" {
  for_each = local.on_project

  project = var.project
  role    = each.value.role
  member  = local.member[each.value.who]

  dynamic "condition" {
    for_each = each.value.condition[*]
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }
}

# A runner announces again what reached it and belongs to another.
resource "google_pubsub_topic_iam_member" "publish" {
  for_each = toset(["api", "hook", "runner"])

  project = var.project
  topic   = var.topic
  role    = "roles/pubsub.publisher"
  member  = local.member[each.key]
}

# On the topic the role allows to attach a subscription, on the subscription to read it.
resource "google_pubsub_topic_iam_member" "attach" {
  project = var.project
  topic   = var.topic
  role    = "roles/pubsub.subscriber"
  member  = local.member["runner"]
}

resource "google_pubsub_subscription_iam_member" "subscribe" {
  project      = var.project
  subscription = var.subscription
  role         = "roles/pubsub.subscriber"
  member       = local.member["runner"]
}

# Each runner makes itself a subscription under its own name, with which Terraform cannot deal beforehand.
resource "google_project_iam_custom_role" "own_subscription" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_own_subscription"
  title       = "Berth runner: its own subscription"
  description = "Make, read and remove the subscription that carries a runner's name."
  permissions = ["pubsub.subscriptions.consume", "pubsub.subscriptions.create", "pubsub.subscriptions.delete", "pubsub.subscriptions.get"]
}

# Kept states of workspaces, and nothing else in that bucket. Listing is judged by the prefix that is asked for.
resource "google_storage_bucket_iam_member" "snapshots" {
  bucket = var.snapshots_bucket
  role   = "roles/storage.objectUser"
  member = local.member["runner"]

  condition {
    title      = "only-snapshots"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.snapshots_bucket}/objects/workspaces/\") || api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"workspaces/\")"
  }
}

resource "google_kms_crypto_key_iam_member" "this" {
  for_each = { api = "roles/cloudkms.cryptoKeyEncrypter", runner = "roles/cloudkms.cryptoKeyDecrypter" }

  crypto_key_id = var.kms_key
  role          = each.value
  member        = local.member[each.key]
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each = local.on_secret

  project   = var.project
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member[each.value.who]
}

resource "google_artifact_registry_repository_iam_member" "pull" {
  project    = var.project
  location   = var.region
  repository = var.repository
  role       = "roles/artifactregistry.reader"
  member     = local.member["runner"]
}

resource "google_cloud_run_v2_service_iam_member" "scheduler_calls_hook" {
  project  = var.project
  location = var.region
  name     = var.hook_service
  role     = "roles/run.invoker"
  member   = local.member["scheduler"]
}

# The API is the one thing that everybody may call: it signs people in itself.
resource "google_cloud_run_v2_service_iam_member" "everybody_calls_api" {
  project  = var.project
  location = var.region
  name     = var.api_service
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# Only where a Cloud Scheduler job is kept for every schedule; the minute's tick alone needs none of it.
resource "google_project_iam_custom_role" "schedule_jobs" {
  count = var.schedule_jobs ? 1 : 0

  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_schedule_jobs"
  title       = "Berth hook: jobs of schedules"
  description = "Keep one Cloud Scheduler job for every schedule."
  permissions = [
    "cloudscheduler.jobs.create", "cloudscheduler.jobs.delete", "cloudscheduler.jobs.enable", "cloudscheduler.jobs.get",
    "cloudscheduler.jobs.list", "cloudscheduler.jobs.pause", "cloudscheduler.jobs.update",
  ]
}

resource "google_service_account_iam_member" "hook_names_caller" {
  count = var.schedule_jobs ? 1 : 0

  service_account_id = "projects/${var.project}/serviceAccounts/${var.accounts["scheduler"]}"
  role               = "roles/iam.serviceAccountUser"
  member             = local.member["hook"]
}
