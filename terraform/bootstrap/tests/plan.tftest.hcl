mock_provider "google" {}

override_resource {
  target          = module.ci.google_service_account.deployer
  values          = { email = "deployer@accounts", member = "serviceAccount:deployer@accounts" }
  override_during = plan
}

variables {
  project = "berth-test"
  region  = "europe-west1"
}

run "plain" {
  command = plan

  assert {
    condition     = strcontains(output.next_steps, "gcloud secrets versions add berth-model-key") && strcontains(output.next_steps, "_STATE=berth-test-berth-terraform")
    error_message = "The output must say how secrets are set and what is built next."
  }
}

run "everything" {
  command = plan

  variables {
    billing_account       = "012345-6789AB-CDEF01"
    cloudbuild_repository = "projects/berth-test/locations/europe-west1/connections/git/repositories/berth"
    federation = {
      issuer     = "https://issuer.example.com"
      repository = "example/berth"
      ref        = "refs/heads/main"
    }
  }
}

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment = "huge"
  }

  expect_failures = [var.environment]
}
