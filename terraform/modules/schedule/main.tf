# The minute's tick: finds every time that is due or was missed. It is enough by itself; jobs for single schedules only make it more exact.

resource "google_cloud_scheduler_job" "tick" {
  project          = var.project
  region           = var.region
  name             = "${var.name}-tick"
  description      = "Looks every minute for schedules that are due."
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "55s"

  # The next minute is the retry.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "${var.hook_url}/tick"

    oidc_token {
      service_account_email = var.caller
      audience              = var.audience
    }
  }
}
