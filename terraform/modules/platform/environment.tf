# What each role is told, in one place: names of variables on the left are those of `berth ROLE --help`. Nothing here is secret; a role that
# needs a secret is told where it is and reads it with its own identity.

locals {
  ports = { http = 8080, runner = 8090 }
  # Asked from within. From outside another path: Cloud Run keeps those that end in "z" to itself.
  paths = { live = "/healthz", ready = "/readyz", outside = "/health" }

  max_month = var.max_month_usd == null ? "" : tostring(var.max_month_usd)

  common = merge({
    BERTH_LOG_FORMAT   = "cloud"
    BERTH_GCP_PROJECT  = var.project
    BERTH_GCP_REGION   = var.region
    BERTH_GCP_DATABASE = local.database
    BERTH_GCP_TOPIC    = module.messaging.topic
  }, var.traces ? { BERTH_TRACES = "https://telemetry.googleapis.com/v1/traces" } : {})

  environment = {
    api = merge(local.common, {
      BERTH_LISTEN           = "0.0.0.0:${local.ports.http}"
      BERTH_PUBLIC_URL       = local.public_url
      BERTH_GOOGLE_CLIENT_ID = var.google_client_id
      BERTH_ALLOWED_DOMAIN   = join(",", var.sign_in_domains)
      BERTH_ALLOWED_EMAILS   = join(",", var.sign_in_emails)
      BERTH_OWNERS           = join(",", var.owners)
      BERTH_GCP_KMS_KEY      = local.kms_key
      BERTH_MAX_MONTH_USD    = local.max_month
    })

    hook = merge(local.common, {
      BERTH_LISTEN        = "0.0.0.0:${local.ports.http}"
      BERTH_HOOK_AUDIENCE = local.hook_audience
      BERTH_HOOK_CALLER   = module.identities.emails["scheduler"]
      BERTH_SCHEDULE_JOBS = tostring(var.schedule_jobs)
    })

    runner = merge(local.common, {
      BERTH_LISTEN               = "0.0.0.0:${local.ports.runner}"
      BERTH_PUBLIC_URL           = local.public_url
      BERTH_RUNNER_CALLER        = module.identities.emails["api"]
      BERTH_DATA                 = "/var/lib/berth/data"
      BERTH_GCP_SNAPSHOTS_BUCKET = module.artifacts.snapshots_bucket
      BERTH_GCP_KMS_KEY          = local.kms_key
      BERTH_IMAGE                = var.images.workspace
      BERTH_CAPACITY             = tostring(var.size.runner_capacity)
      BERTH_ALLOW_HOSTS          = join(",", var.allowed_hosts)
    })

    gateway = merge(local.common, {
      BERTH_DATA           = "/var/lib/berth/data"
      BERTH_MODEL_UPSTREAM = var.model_upstream
      BERTH_GCP_MODEL_KEY  = var.model_upstream == "vertex" ? "" : "projects/${var.project}/secrets/${local.model_key}"
      BERTH_VERTEX_REGION  = var.model_upstream == "vertex" ? coalesce(var.vertex_region, var.region) : ""
      BERTH_VERTEX_MODELS  = join(",", var.vertex_models)
      BERTH_MAX_MONTH_USD  = local.max_month
      BERTH_GCP_KMS_KEY    = local.kms_key
    })
  }
}
