# What must be there before the first build, and outlives every environment: APIs, the bucket of Terraform's state, the registry, places
# for secrets, the key, the deployer, the budget. A person applies it once, as the project's owner; docs/deploy.md, step 2.

terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "8.7.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
  # Budgets are asked of the billing account in the name of this project.
  billing_project       = var.project
  user_project_override = true

  default_labels = { app = "berth" }
}

locals {
  name = "berth"
  apis = toset([
    "aiplatform", "artifactregistry", "billingbudgets", "cloudbuild", "cloudkms", "cloudresourcemanager", "cloudscheduler", "compute",
    "containerscanning", "dns", "firestore", "iam", "iamcredentials", "logging", "monitoring", "ondemandscanning", "pubsub", "run", "secretmanager",
    "serviceusage", "storage", "sts", "telemetry",
  ])
}

resource "google_project_service" "this" {
  for_each = local.apis

  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_storage_bucket" "state" {
  project                     = var.project
  name                        = "${var.project}-${local.name}-terraform"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # Every state there was for three months: the way back from a bad apply.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
      num_newer_versions         = 20
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.this]
}

module "registry" {
  source = "../modules/registry"

  project = var.project
  region  = var.region
  name    = local.name

  depends_on = [google_project_service.this]
}

module "secrets" {
  source = "../modules/secrets"

  project = var.project
  region  = var.region
  name    = local.name

  depends_on = [google_project_service.this]
}

module "ci" {
  source = "../modules/ci"

  project               = var.project
  region                = var.region
  name                  = local.name
  environment           = var.environment
  state_bucket          = google_storage_bucket.state.name
  image_address         = module.registry.address
  branch                = var.branch
  approve               = var.approve
  cloudbuild_repository = var.cloudbuild_repository
  federation            = var.federation

  depends_on = [google_project_service.this]
}

module "budget" {
  source = "../modules/budget"
  count  = var.billing_account == null ? 0 : 1

  project         = var.project
  name            = local.name
  billing_account = coalesce(var.billing_account, "000000-000000-000000")
  amount          = var.monthly_budget
  currency        = var.currency

  depends_on = [google_project_service.this]
}
