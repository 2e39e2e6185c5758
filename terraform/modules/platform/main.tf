# Berth on Google Cloud, put together. Environments differ in sizes only, so everything else is here once.
#
# Read from top to bottom: who (identities), where (network), what is kept (store, messaging, artifacts), what runs (api, hook, runners),
# what may whom (grants), what wakes it (schedule), who watches it (observability).

locals {
  name     = "berth"
  database = "berth"
  # Cloud Run's address of a service is known before the service is there.
  public_url = coalesce(var.public_url, var.domain == null ? null : "https://${var.domain}", "https://${local.name}-api-${data.google_project.this.number}.${var.region}.run.app")
  # Made by terraform/bootstrap, which outlives environments. Named, not looked up: a plan needs no right to read them.
  repository = local.name
  model_key  = "${local.name}-model-key"
  kms_key    = "projects/${var.project}/locations/${var.region}/keyRings/${local.name}/cryptoKeys/user-secrets"
  # The hook's own address, where the jobs of single schedules call it.
  hook_audience = "https://${local.name}-hook-${data.google_project.this.number}.${var.region}.run.app"
  model_hosts   = var.model_upstream == "anthropic" ? ["api.anthropic.com"] : []
}

data "google_project" "this" {
  project_id = var.project
}

# Regions call their zones differently: b, c, d in one, a, b, c in another.
data "google_compute_zones" "this" {
  project = var.project
  region  = var.region
}

module "identities" {
  source = "../identities"

  project  = var.project
  name     = local.name
  deployer = var.deployer
}

module "network" {
  source = "../network"

  project        = var.project
  region         = var.region
  name           = local.name
  runner_port    = local.ports.runner
  runner_account = module.identities.emails["runner"]
  egress_hosts   = distinct(concat(local.model_hosts, var.package_hosts, var.allowed_hosts))
  open_web       = var.open_web
  operators_ssh  = var.operators_ssh
}

module "store" {
  source = "../store"

  project       = var.project
  region        = var.region
  name          = local.database
  indexes_file  = "${path.module}/../../../infra/gcp/firestore.indexes.json"
  protect       = var.protect
  daily_backups = var.size.daily_backups
}

module "messaging" {
  source = "../messaging"

  project        = var.project
  project_number = data.google_project.this.number
  region         = var.region
  name           = local.name
}

module "artifacts" {
  source = "../artifacts"

  project = var.project
  region  = var.region
  name    = local.name
  protect = var.protect
}

module "api" {
  source = "../api"

  project       = var.project
  region        = var.region
  name          = "${local.name}-api"
  image         = var.images.api
  account       = module.identities.emails["api"]
  network       = module.network.network
  subnet        = module.network.api_subnet
  environment   = local.environment.api
  port          = local.ports.http
  min_instances = var.size.api_min
  max_instances = var.size.api_max
  cpu           = var.size.api_cpu
  memory        = var.size.api_memory
  live_path     = local.paths.live
  ready_path    = local.paths.ready
  domain        = var.domain
  protect       = var.protect
}

module "hook" {
  source = "../hook"

  project     = var.project
  region      = var.region
  name        = "${local.name}-hook"
  image       = var.images.hook
  account     = module.identities.emails["hook"]
  audience    = local.hook_audience
  environment = local.environment.hook
  port        = local.ports.http
  ready_path  = local.paths.ready
  protect     = var.protect
}

module "runners" {
  source = "../runners"

  project             = var.project
  region              = var.region
  zones               = coalesce(var.zones, slice(sort(data.google_compute_zones.this.names), 0, var.size.zones))
  name                = "${local.name}-runner"
  machine_type        = var.size.runner_machine
  disk_gb             = var.size.runner_disk_gb
  min                 = var.size.runner_min
  max                 = var.size.runner_max
  spot                = var.size.runner_spot
  os_image            = var.os_image
  subnet              = module.network.runner_subnet
  account             = module.identities.emails["runner"]
  subscription        = module.messaging.subscription
  port                = local.ports.runner
  live_path           = local.paths.live
  images              = { runner = var.images.runner, gateway = var.images.gateway, workspace = var.images.workspace }
  runner_environment  = local.environment.runner
  gateway_environment = local.environment.gateway
}

module "grants" {
  source = "../grants"

  project          = var.project
  region           = var.region
  name             = local.name
  accounts         = module.identities.emails
  database         = module.store.database
  topic            = module.messaging.topic
  subscription     = module.messaging.subscription
  snapshots_bucket = module.artifacts.snapshots_bucket
  kms_key          = local.kms_key
  model_key        = local.model_key
  repository       = local.repository
  api_service      = module.api.service
  hook_service     = module.hook.service
  model_upstream   = var.model_upstream
  schedule_jobs    = var.schedule_jobs
  traces           = var.traces
}

module "schedule" {
  source = "../schedule"

  project  = var.project
  region   = var.region
  name     = local.name
  hook_url = module.hook.url
  caller   = module.identities.emails["scheduler"]
  audience = local.hook_audience
}

module "observability" {
  source = "../observability"

  project           = var.project
  alert_emails      = var.alert_emails
  api_service       = module.api.service
  api_host          = trimprefix(local.public_url, "https://")
  live_path         = local.paths.outside
  hook_service      = module.hook.service
  subscription      = module.messaging.subscription
  dead_subscription = module.messaging.dead_subscription
  runner_group      = module.runners.group
  database          = module.store.database
}
