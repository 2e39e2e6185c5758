# Everything is denied, in both directions; each exception is a row of the table. The gateway on each runner judges again, by name and by
# agent: this is the wall behind it, for the day on which the gateway has a hole.

locals {
  allowed = merge(
    {
      "health-checks" = { priority = 1000, direction = "INGRESS", ranges = local.health_checks, hosts = null, port = var.runner_port, account = var.runner_account }
      "api-to-runner" = { priority = 1100, direction = "INGRESS", ranges = [var.api_range], hosts = null, port = var.runner_port, account = var.runner_account }
      "api-out"       = { priority = 2000, direction = "EGRESS", ranges = [var.runner_range], hosts = null, port = var.runner_port, account = null }
      "google-apis"   = { priority = 2100, direction = "EGRESS", ranges = [local.google_vip], hosts = null, port = 443, account = null }
    },
    length(var.egress_hosts) == 0 ? {} : {
      "listed-hosts" = { priority = 2200, direction = "EGRESS", ranges = null, hosts = var.egress_hosts, port = 443, account = var.runner_account }
    },
    var.open_web ? {
      "open-web" = { priority = 2300, direction = "EGRESS", ranges = ["0.0.0.0/0"], hosts = null, port = 443, account = var.runner_account }
    } : {},
    var.operators_ssh ? {
      "operators" = { priority = 1200, direction = "INGRESS", ranges = local.iap, hosts = null, port = 22, account = var.runner_account }
    } : {},
  )
}

resource "google_compute_network_firewall_policy" "this" {
  project     = var.project
  name        = var.name
  description = "Denied unless listed."
}

resource "google_compute_network_firewall_policy_rule" "allow" {
  for_each = local.allowed

  project                 = var.project
  firewall_policy         = google_compute_network_firewall_policy.this.name
  rule_name               = each.key
  priority                = each.value.priority
  direction               = each.value.direction
  action                  = "allow"
  enable_logging          = each.value.direction == "INGRESS"
  target_service_accounts = each.value.account == null ? null : [each.value.account]

  match {
    src_ip_ranges  = each.value.direction == "INGRESS" ? each.value.ranges : null
    dest_ip_ranges = each.value.direction == "EGRESS" ? each.value.ranges : null
    dest_fqdns     = each.value.hosts

    layer4_configs {
      ip_protocol = "tcp"
      ports       = [tostring(each.value.port)]
    }
  }
}

# A rule takes addresses of one family only.
resource "google_compute_network_firewall_policy_rule" "deny" {
  for_each = {
    "deny-ingress"      = { priority = 65000, direction = "INGRESS", range = "0.0.0.0/0" }
    "deny-ingress-ipv6" = { priority = 65001, direction = "INGRESS", range = "::/0" }
    "deny-egress"       = { priority = 65002, direction = "EGRESS", range = "0.0.0.0/0" }
    "deny-egress-ipv6"  = { priority = 65003, direction = "EGRESS", range = "::/0" }
  }

  project         = var.project
  firewall_policy = google_compute_network_firewall_policy.this.name
  rule_name       = each.key
  priority        = each.value.priority
  direction       = each.value.direction
  action          = "deny"
  enable_logging  = true

  match {
    src_ip_ranges  = each.value.direction == "INGRESS" ? [each.value.range] : null
    dest_ip_ranges = each.value.direction == "EGRESS" ? [each.value.range] : null

    layer4_configs {
      ip_protocol = "all"
    }
  }
}

resource "google_compute_network_firewall_policy_association" "this" {
  project           = var.project
  name              = var.name
  firewall_policy   = google_compute_network_firewall_policy.this.name
  attachment_target = google_compute_network.this.id
}
