output "state_bucket" {
  description = "Bucket of Terraform's state."
  value       = google_storage_bucket.state.name
}

output "image_address" {
  description = "Where images are pushed."
  value       = module.registry.address
}

output "deployer" {
  description = "E-mail address of the deployer: `deployer` in the environment's terraform.tfvars."
  value       = module.ci.deployer
}

output "federation_provider" {
  description = "What a CI outside of Google gives as its identity provider; null without federation."
  value       = module.ci.federation_provider
}

output "next_steps" {
  description = "What is left to do by hand."
  value       = <<-TEXT
    1. Keep this state in its bucket: write `terraform { backend "gcs" {} }` to bootstrap/backend.tf (git ignores it), then
         terraform init -migrate-state -backend-config=bucket=${google_storage_bucket.state.name} -backend-config=prefix=bootstrap
    2. Set the model's key (not with Vertex AI):
         read -rs KEY && printf %s "$KEY" | gcloud secrets versions add ${module.secrets.secrets["model-key"]} --data-file=- --project ${var.project}
    3. Build, push and deploy:
         gcloud builds submit --region ${var.region} --project ${var.project} --config cloudbuild.yaml \
           --service-account projects/${var.project}/serviceAccounts/${module.ci.deployer} \
           --substitutions _ENVIRONMENT=${var.environment},_REGION=${var.region},_STATE=${google_storage_bucket.state.name},_REPOSITORY=${module.registry.address} .
  TEXT
}
