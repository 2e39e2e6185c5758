output "url" {
  description = "Where users reach Berth."
  value       = local.public_url
}

output "next_steps" {
  description = "What is left to do by hand."
  value = join("\n", concat(
    [
      "1. Open ${local.public_url}",
      "2. The OAuth client ${var.google_client_id} must list ${local.public_url}/sign-in as an authorised redirect URI.",
      "3. Sign in with an account of ${join(", ", concat(var.sign_in_domains, var.sign_in_emails))}; the first page leads on.",
      "4. Runners come up in about two minutes: gcloud compute instance-groups managed list-instances ${module.runners.group} --region ${var.region} --project ${var.project}",
    ],
    var.domain == null ? [] : ["5. Set these records for ${var.domain}: ${jsonencode(module.api.dns_records)}"],
    var.model_upstream == "vertex" ? ["- Enable Claude in Vertex AI's Model Garden for this project."] : ["- The model's key must be in the secret ${local.model_key} (terraform/bootstrap prints the command)."],
  ))
}

output "accounts" {
  description = "Service accounts by role."
  value       = module.identities.emails
}

output "runner_group" {
  description = "Instance group of the runners."
  value       = module.runners.group
}

output "services" {
  description = "Cloud Run services, for deployments and roll-backs."
  value       = { api = module.api.service, hook = module.hook.service }
}
