output "buckets" {
  description = "Names of the buckets: artifacts and snapshots."
  value       = { for what, bucket in google_storage_bucket.this : what => bucket.name }
}
