# Kept states of workspaces, with the files that runs made: results are among them, and nowhere else. Nothing is public, and access is by role only.

resource "google_storage_bucket" "snapshots" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-snapshots"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = 7 * 86400
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  # The runner removes snapshots itself once a newer one is verified; what it forgot goes by age.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.snapshot_days
    }
  }
}
