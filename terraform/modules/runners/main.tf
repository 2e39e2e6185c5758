# Virtual machines that hold workspaces. Each starts by itself from an image of Google's that has the engine in it, pulls Berth's images by
# digest, and serves; nothing is installed and nobody logs in. A new template replaces them one by one, and each drains first.

locals {
  autoscaled = var.max > var.min
}

data "google_compute_image" "cos" {
  family  = "cos-stable"
  project = "cos-cloud"
}

resource "google_compute_region_instance_template" "this" {
  project              = var.project
  region               = var.region
  name_prefix          = "${var.name}-"
  description          = "A Berth runner with its gateway."
  machine_type         = var.machine_type
  can_ip_forward       = false
  instance_description = "Berth runner."
  labels               = { role = "runner" }

  disk {
    source_image = coalesce(var.os_image, data.google_compute_image.cos.self_link)
    boot         = true
    auto_delete  = true
    disk_type    = "pd-balanced"
    disk_size_gb = var.disk_gb
  }

  # No access_config: no external address.
  network_interface {
    subnetwork = var.subnet
    stack_type = "IPV4_ONLY"
  }

  service_account {
    email  = var.account
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  scheduling {
    provisioning_model          = var.spot ? "SPOT" : "STANDARD"
    preemptible                 = var.spot
    automatic_restart           = !var.spot
    on_host_maintenance         = var.spot ? "TERMINATE" : "MIGRATE"
    instance_termination_action = var.spot ? "DELETE" : null
  }

  metadata = {
    enable-oslogin            = "TRUE"
    block-project-ssh-keys    = "TRUE"
    serial-port-enable        = "FALSE"
    google-logging-enabled    = "TRUE"
    google-monitoring-enabled = "TRUE"
    cos-update-strategy       = "update_disabled"
    user-data                 = local.cloud_init
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_health_check" "this" {
  project             = var.project
  name                = var.name
  description         = "A runner that does not answer for a minute and a half is replaced."
  check_interval_sec  = 15
  timeout_sec         = 5
  healthy_threshold   = 1
  unhealthy_threshold = 6

  http_health_check {
    port         = var.port
    request_path = var.live_path
  }

  log_config {
    enable = true
  }
}

resource "google_compute_region_instance_group_manager" "this" {
  project                   = var.project
  region                    = var.region
  name                      = var.name
  description               = "Berth's runners."
  base_instance_name        = var.name
  distribution_policy_zones = var.zones
  target_size               = local.autoscaled ? null : var.min

  version {
    instance_template = google_compute_region_instance_template.this.id
  }

  auto_healing_policies {
    health_check      = google_compute_health_check.this.id
    initial_delay_sec = 300
  }

  # A new one is there before an old one goes. A regional group wants as many as there are zones.
  update_policy {
    type                           = "PROACTIVE"
    minimal_action                 = "REPLACE"
    most_disruptive_allowed_action = "REPLACE"
    replacement_method             = "SUBSTITUTE"
    instance_redistribution_type   = "NONE"
    max_surge_fixed                = length(var.zones)
    max_unavailable_fixed          = 0
  }

  instance_lifecycle_policy {
    force_update_on_repair = "YES"
  }
}

# Hints that nobody has taken, a runner: a runner pulls only what it has a place for, so what waits is what is too much. Memory fills before
# processors do; the share of processors in use keeps runners that are at work although nothing waits.
resource "google_compute_region_autoscaler" "this" {
  count = local.autoscaled ? 1 : 0

  project     = var.project
  region      = var.region
  name        = var.name
  description = "Runners by backlog."
  target      = google_compute_region_instance_group_manager.this.id

  autoscaling_policy {
    min_replicas    = var.min
    max_replicas    = var.max
    cooldown_period = 120

    metric {
      name                       = "pubsub.googleapis.com/subscription/num_undelivered_messages"
      filter                     = "resource.type = pubsub_subscription AND resource.labels.subscription_id = \"${var.subscription}\""
      single_instance_assignment = var.backlog_per_runner
    }

    cpu_utilization {
      target = 0.6
    }

    # One runner in ten minutes: each hands its workspaces over.
    scale_in_control {
      time_window_sec = 600

      max_scaled_in_replicas {
        fixed = 1
      }
    }
  }
}
