output "emails" {
  description = "E-mail addresses by role: api, runner, hook, scheduler."
  value       = { for role, account in google_service_account.this : role => account.email }

  # Nothing may start in their name before the deployer may name them.
  depends_on = [google_service_account_iam_member.deployer]
}
