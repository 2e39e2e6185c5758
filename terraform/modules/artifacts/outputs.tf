output "snapshots_bucket" {
  description = "Name of the bucket."
  value       = google_storage_bucket.snapshots.name
}
