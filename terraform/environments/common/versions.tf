terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "8.7.0"
    }
  }

  # `terraform init -backend-config=bucket=…` (the bucket that terraform/bootstrap made) `-backend-config=prefix=berth`. Both environments have
  # the same: a project has one Berth, and changing its size is an apply.
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = { app = "berth" }
}
