# Who may deploy is never left open by a slip.

mock_provider "google" {}

variables {
  project       = "berth-test"
  region        = "europe-west1"
  name          = "berth"
  environment   = "small"
  state_bucket  = "state"
  image_address = "europe-west1-docker.pkg.dev/berth-test/berth"
}

run "nobody_outside_by_default" {
  command = plan

  assert {
    condition     = length(google_iam_workload_identity_pool.this) == 0 && length(google_cloudbuild_trigger.deploy) == 0
    error_message = "Without being asked for, nothing outside may deploy."
  }
}

run "a_whole_organisation_is_no_repository" {
  command = plan

  variables {
    federation = { issuer = "https://issuer.example.com", repository = "example", ref = "refs/heads/main" }
  }

  expect_failures = [var.federation]
}

run "a_quote_does_not_end_the_condition" {
  command = plan

  variables {
    federation = { issuer = "https://issuer.example.com", repository = "a/b\" || true || \"", ref = "refs/heads/main" }
  }

  expect_failures = [var.federation]
}

run "an_issuer_has_tls" {
  command = plan

  variables {
    federation = { issuer = "http://issuer.example.com", repository = "example/berth", ref = "refs/heads/main" }
  }

  expect_failures = [var.federation]
}
