# The API: stateless, any number of instances, HTTPS by Cloud Run. A WebSocket is one request that lasts: it ends after 60 minutes, and the
# dashboard connects again without a loss.

resource "google_cloud_run_v2_service" "this" {
  project             = var.project
  location            = var.region
  name                = var.name
  description         = "Berth: dashboard, REST and WebSocket."
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = var.protect

  template {
    service_account                  = var.account
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = var.concurrency
    session_affinity                 = true
    timeout                          = "3600s"

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    # To private addresses only: the runners, and Google's APIs, whose names are private addresses here.
    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"

      network_interfaces {
        network    = var.network
        subnetwork = var.subnet
      }
    }

    containers {
      image = var.image

      ports {
        container_port = var.port
      }

      resources {
        limits = { cpu = var.cpu, memory = var.memory }
        # With no instance kept there is nobody to work between requests; with one kept it must not stand still.
        cpu_idle          = var.min_instances == 0
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = var.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 30

        http_get {
          path = var.ready_path
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 3
        failure_threshold = 3

        http_get {
          path = var.live_path
        }
      }
    }
  }

  lifecycle {
    # Written by every deployment that is not Terraform's own.
    ignore_changes = [client, client_version]
  }
}

# Optional, and only where Cloud Run maps domains; elsewhere put a load balancer in front and set `public_url` alone.
resource "google_cloud_run_domain_mapping" "this" {
  count = var.domain == null ? 0 : 1

  project  = var.project
  location = var.region
  name     = var.domain

  metadata {
    namespace = var.project
  }

  spec {
    route_name = google_cloud_run_v2_service.this.name
  }
}
