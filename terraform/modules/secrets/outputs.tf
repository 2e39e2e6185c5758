output "secrets" {
  description = "Names of the secrets: model-key."
  value       = { for what, secret in google_secret_manager_secret.this : what => secret.secret_id }
}

output "kms_key" {
  description = "Id of the key that wraps the keys of users' secrets."
  value       = google_kms_crypto_key.user_secrets.id
}
