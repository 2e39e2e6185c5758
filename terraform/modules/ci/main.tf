# The deployer: no key file anywhere. Cloud Build runs as this account; another CI gets its identity for minutes at a time through Workload
# Identity Federation, from one repository and one branch.

locals {
  # What `terraform apply` of an environment touches, and no more: neither owner nor editor.
  roles = toset([
    "roles/artifactregistry.writer",
    "roles/cloudkms.admin",
    "roles/cloudscheduler.admin",
    "roles/compute.admin",
    "roles/datastore.owner",
    "roles/dns.admin",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/logging.admin",
    "roles/monitoring.editor",
    "roles/ondemandscanning.admin",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/storage.admin",
  ])

  # What the module grants gives on the project.
  grantable = [
    "roles/aiplatform.user",
    "roles/datastore.user",
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/telemetry.tracesWriter",
    "projects/${var.project}/roles/${replace(var.name, "-", "_")}_own_subscription",
    "projects/${var.project}/roles/${replace(var.name, "-", "_")}_schedule_jobs",
  ]
}

resource "google_service_account" "deployer" {
  project      = var.project
  account_id   = "${var.name}-deployer"
  display_name = "${var.name} deployer"
  description  = "Builds images and applies Terraform."
}

resource "google_project_iam_member" "deployer" {
  # A CI elsewhere hands its builds to Cloud Build, too.
  for_each = setunion(local.roles, var.federation == null ? [] : ["roles/cloudbuild.builds.editor"])

  project = var.project
  role    = each.key
  member  = google_service_account.deployer.member
}

# It may give and take the roles of Berth's accounts, and no others: not to itself either.
resource "google_project_iam_member" "deployer_grants" {
  project = var.project
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.deployer.member

  condition {
    title      = "only-berths-roles"
    expression = "api.getAttribute(\"iam.googleapis.com/modifiedGrantsByRole\", []).hasOnly([${join(", ", [for role in local.grantable : "\"${role}\""])}])"
  }
}

resource "google_iam_workload_identity_pool" "this" {
  count = var.federation == null ? 0 : 1

  project                   = var.project
  workload_identity_pool_id = "${var.name}-ci"
  display_name              = "${var.name} CI"
  description               = "Where Berth is deployed from."
}

resource "google_iam_workload_identity_pool_provider" "this" {
  count = var.federation == null ? 0 : 1

  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.this[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "repository"
  display_name                       = "repository"
  attribute_condition                = "assertion.repository == \"${var.federation.repository}\" && assertion.ref == \"${var.federation.ref}\""

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
    "attribute.ref"        = "assertion.ref"
  }

  oidc {
    issuer_uri = var.federation.issuer
  }
}

resource "google_service_account_iam_member" "federation" {
  count = var.federation == null ? 0 : 1

  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.this[0].name}/attribute.repository/${var.federation.repository}"
}

resource "google_service_account_iam_member" "builds_as_itself" {
  count = var.federation == null ? 0 : 1

  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}

# A push to the branch builds, tests and deploys. There is no trigger for pull requests: what they bring would run with the deployer's rights.
resource "google_cloudbuild_trigger" "deploy" {
  count = var.cloudbuild_repository == null ? 0 : 1

  project         = var.project
  location        = var.region
  name            = "${var.name}-deploy"
  description     = "Build, test, deploy."
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.deployer.id

  substitutions = {
    _REGION      = var.region
    _ENVIRONMENT = var.environment
    _STATE       = var.state_bucket
    _REPOSITORY  = var.image_address
  }

  repository_event_config {
    repository = var.cloudbuild_repository

    push {
      branch = "^${var.branch}$"
    }
  }

  approval_config {
    approval_required = var.approve
  }
}
