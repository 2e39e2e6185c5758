# Images of the roles and of workspaces. A tag never moves, and what runs is named by digest.

resource "google_artifact_registry_repository" "this" {
  project       = var.project
  location      = var.region
  repository_id = var.name
  format        = "DOCKER"
  description   = "Berth's images."

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = var.keep
    }
  }

  cleanup_policies {
    id     = "remove-old"
    action = "DELETE"

    condition {
      older_than = "${90 * 86400}s"
    }
  }
}
