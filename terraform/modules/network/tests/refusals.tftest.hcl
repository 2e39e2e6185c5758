# What Google would refuse late, or take for something else, is refused by the plan.

mock_provider "google" {}

variables {
  project        = "berth-test"
  region         = "europe-west1"
  name           = "berth"
  runner_port    = 8090
  runner_account = "runner@accounts"
}

run "without_hosts_nothing_but_google_is_open" {
  command = plan

  assert {
    condition     = toset(keys(google_compute_network_firewall_policy_rule.allow)) == toset(["health-checks", "api-to-runner", "api-out", "google-apis"])
    error_message = "A way is open that nobody asked for."
  }
}

run "a_wildcard_is_no_host" {
  command = plan

  variables {
    egress_hosts = ["*.example.com"]
  }

  expect_failures = [var.egress_hosts]
}

run "an_address_is_no_host" {
  command = plan

  variables {
    egress_hosts = ["169.254.169.254"]
  }

  expect_failures = [var.egress_hosts]
}

run "cloud_run_wants_a_larger_range" {
  command = plan

  variables {
    api_range = "10.20.1.0/28"
  }

  expect_failures = [var.api_range]
}
