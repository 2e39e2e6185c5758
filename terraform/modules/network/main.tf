# One private network. Nothing in it has an external address; what leaves goes through Cloud NAT, and only where a rule says so.

locals {
  # private.googleapis.com: every Google API without the internet. https://cloud.google.com/vpc/docs/configure-private-google-access
  google_apis = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"]
  google_vip  = "199.36.153.8/30"
  # Where Google's health checks and Identity-Aware Proxy come from.
  health_checks = ["35.191.0.0/16", "130.211.0.0/22"]
  iap           = ["35.235.240.0/20"]
}

resource "google_compute_network" "this" {
  project                                   = var.project
  name                                      = var.name
  description                               = "Berth's runners and the API's way to them."
  auto_create_subnetworks                   = false
  routing_mode                              = "REGIONAL"
  network_firewall_policy_enforcement_order = "BEFORE_CLASSIC_FIREWALL"
}

resource "google_compute_subnetwork" "runners" {
  project                  = var.project
  region                   = var.region
  name                     = "${var.name}-runners"
  network                  = google_compute_network.this.id
  ip_cidr_range            = var.runner_range
  stack_type               = "IPV4_ONLY"
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

# Cloud Run's instances take addresses here when they call a runner.
resource "google_compute_subnetwork" "api" {
  project                  = var.project
  region                   = var.region
  name                     = "${var.name}-api"
  network                  = google_compute_network.this.id
  ip_cidr_range            = var.api_range
  stack_type               = "IPV4_ONLY"
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "this" {
  project = var.project
  region  = var.region
  name    = var.name
  network = google_compute_network.this.id
}

resource "google_compute_router_nat" "this" {
  project                            = var.project
  region                             = var.region
  name                               = var.name
  router                             = google_compute_router.this.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  # The runners only: the API reaches the internet from Cloud Run itself.
  subnetwork {
    name                    = google_compute_subnetwork.runners.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
