output "repository" {
  description = "Name of the repository."
  value       = google_artifact_registry_repository.this.repository_id
}

output "address" {
  description = "Where images are pushed: address/IMAGE."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.repository_id}"
}
