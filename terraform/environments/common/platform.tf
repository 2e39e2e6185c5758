# Passes on what was asked for; sizes are the environment's own (main.tf).

module "berth" {
  source = "../../modules/platform"

  size = local.size

  project          = var.project
  region           = var.region
  zones            = var.zones
  images           = var.images
  google_client_id = var.google_client_id
  sign_in_domains  = var.sign_in_domains
  owners           = var.owners
  sign_in_emails   = var.sign_in_emails
  alert_emails     = var.alert_emails
  model_upstream   = var.model_upstream
  vertex_region    = var.vertex_region
  vertex_models    = var.vertex_models
  max_month_usd    = var.max_month_usd
  package_hosts    = var.package_hosts
  allowed_hosts    = var.allowed_hosts
  open_web         = var.open_web
  domain           = var.domain
  public_url       = var.public_url
  schedule_jobs    = var.schedule_jobs
  traces           = var.traces
  operators_ssh    = var.operators_ssh
  os_image         = var.os_image
  deployer         = var.deployer
  protect          = var.protect
}
