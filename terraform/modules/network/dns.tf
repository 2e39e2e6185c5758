# Google's names resolve to the private addresses, so that the firewall needs one range for all of them.

locals {
  google_domains = toset(["googleapis.com", "pkg.dev", "gcr.io"])
}

resource "google_dns_managed_zone" "google" {
  for_each = local.google_domains

  project     = var.project
  name        = "${var.name}-${replace(each.key, ".", "-")}"
  dns_name    = "${each.key}."
  description = "${each.key} through private Google access."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.this.id
    }
  }
}

resource "google_dns_record_set" "apex" {
  for_each = local.google_domains

  project      = var.project
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = "${each.key}."
  type         = "A"
  ttl          = 300
  rrdatas      = local.google_apis
}

resource "google_dns_record_set" "below" {
  for_each = local.google_domains

  project      = var.project
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = "*.${each.key}."
  type         = "CNAME"
  ttl          = 300
  rrdatas      = ["${each.key}."]
}
