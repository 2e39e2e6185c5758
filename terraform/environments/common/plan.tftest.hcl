# Plans with a provider that only knows Google's schema. terraform/tests/policies.py judges the plans; here is what Terraform itself must refuse.

mock_provider "google" {}

override_data {
  target          = module.berth.data.google_project.this
  values          = { number = "123456789012" }
  override_during = plan
}

override_data {
  target          = module.berth.data.google_compute_zones.this
  values          = { names = ["europe-west1-d", "europe-west1-b", "europe-west1-c"] }
  override_during = plan
}

override_data {
  target          = module.berth.module.runners.data.google_compute_image.cos
  values          = { self_link = "projects/cos-cloud/global/images/cos-stable-1" }
  override_during = plan
}

override_resource {
  target          = module.berth.module.identities.google_service_account.this["api"]
  values          = { email = "api@accounts", member = "serviceAccount:api@accounts" }
  override_during = plan
}

override_resource {
  target          = module.berth.module.identities.google_service_account.this["runner"]
  values          = { email = "runner@accounts", member = "serviceAccount:runner@accounts" }
  override_during = plan
}

override_resource {
  target          = module.berth.module.identities.google_service_account.this["hook"]
  values          = { email = "hook@accounts", member = "serviceAccount:hook@accounts" }
  override_during = plan
}

override_resource {
  target          = module.berth.module.identities.google_service_account.this["scheduler"]
  values          = { email = "scheduler@accounts", member = "serviceAccount:scheduler@accounts" }
  override_during = plan
}

override_resource {
  target          = module.berth.module.grants.google_project_iam_custom_role.own_subscription
  values          = { name = "projects/berth-test/roles/berth_own_subscription" }
  override_during = plan
}

override_resource {
  target          = module.berth.module.hook.google_cloud_run_v2_service.this
  values          = { uri = "https://berth-hook.run.test" }
  override_during = plan
}

variables {
  project          = "berth-test"
  region           = "europe-west1"
  google_client_id = "1-a.apps.googleusercontent.com"
  sign_in_domains  = ["example.com"]
  alert_emails     = ["operations@example.com"]
  images = {
    api       = "europe-west1-docker.pkg.dev/berth-test/berth/api@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    hook      = "europe-west1-docker.pkg.dev/berth-test/berth/hook@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    runner    = "europe-west1-docker.pkg.dev/berth-test/berth/runner@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
    gateway   = "europe-west1-docker.pkg.dev/berth-test/berth/gateway@sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
    workspace = "europe-west1-docker.pkg.dev/berth-test/berth/workspace@sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
  }
}

run "plain" {
  command = plan

  assert {
    condition     = output.url == "https://berth-api-123456789012.europe-west1.run.app"
    error_message = "The address of Cloud Run is known before the service is there."
  }

  assert {
    condition     = strcontains(output.next_steps, "Open https://berth-api-") && strcontains(output.next_steps, "example.com")
    error_message = "The output must say where to go and who may sign in."
  }
}

run "everything" {
  command = plan

  variables {
    model_upstream = "vertex"
    vertex_region  = "us-east5"
    schedule_jobs  = true
    traces         = true
    operators_ssh  = true
    open_web       = true
    domain         = "berth.example.com"
    package_hosts  = ["packages.example.com"]
    allowed_hosts  = ["data.example.com"]
    deployer       = "deployer@accounts"
  }

  override_resource {
    target          = module.berth.module.grants.google_project_iam_custom_role.schedule_jobs[0]
    values          = { name = "projects/berth-test/roles/berth_schedule_jobs" }
    override_during = plan
  }

  assert {
    condition     = output.url == "https://berth.example.com"
    error_message = "An own domain is the address."
  }
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    images = { api = "a:1", hook = "a:1", runner = "a:1", gateway = "a:1", workspace = "a:1" }
  }

  expect_failures = [var.images]
}

run "a_zone_is_no_region" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "somebody_must_be_able_to_sign_in" {
  command = plan

  variables {
    sign_in_domains = []
  }

  expect_failures = [var.sign_in_emails]
}

run "somebody_must_be_told" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.alert_emails]
}
