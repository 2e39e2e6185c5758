output "deployer" {
  description = "E-mail address of the deployer."
  value       = google_service_account.deployer.email
}

output "federation_provider" {
  description = "Name that a CI outside of Google gives for its identity; null without federation."
  value       = one(google_iam_workload_identity_pool_provider.this[*].name)
}
