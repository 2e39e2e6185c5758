# What an operator is told, and the page they look at next. Every alert says what to do: docs/deploy.md, "When an alert comes".

resource "google_monitoring_notification_channel" "mail" {
  for_each = toset(var.alert_emails)

  project      = var.project
  display_name = "Berth: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

locals {
  channels = [for channel in google_monitoring_notification_channel.mail : channel.id]

  # Conditions on Google's own metrics: above `limit` for `minutes`.
  thresholds = {
    waiting = {
      title   = "Runs wait"
      filter  = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.label.subscription_id=\"${var.subscription}\""
      aligner = "ALIGN_MAX"
      limit   = 120
      minutes = 5
      advice  = "The oldest run has waited two minutes. Are there runners (instance group), and have they a place? Raise `runner_max`, or look at the runners' log."
    }
    dead = {
      title   = "Hints that cannot be handled"
      filter  = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.label.subscription_id=\"${var.dead_subscription}\""
      aligner = "ALIGN_MAX"
      limit   = 0
      minutes = 0
      advice  = "No run is lost: the sweep finds it. Read the message (`gcloud pubsub subscriptions pull ${var.dead_subscription}`), then the runners' log of that run's id."
    }
    api_errors = {
      title   = "The API answers with errors"
      filter  = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.label.service_name=\"${var.api_service}\" AND metric.label.response_code_class=\"5xx\""
      aligner = "ALIGN_RATE"
      limit   = 0.1
      minutes = 5
      advice  = "More than six a minute. The API's log names the operation; a store that is away says `store`. After a deployment, roll back first."
    }
    hook_errors = {
      title   = "Schedules do not fire"
      filter  = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.label.service_name=\"${var.hook_service}\" AND metric.label.response_code_class!=\"2xx\""
      aligner = "ALIGN_RATE"
      limit   = 0.01
      minutes = 5
      advice  = "The hook refuses or fails. 401 and 403: audience or caller differ. What was missed is found by the next tick that works."
    }
    runner_disk = {
      title   = "A runner's disk fills"
      filter  = "metric.type=\"compute.googleapis.com/guest/disk/percent_used\" AND resource.type=\"gce_instance\""
      aligner = "ALIGN_MAX"
      limit   = 85
      minutes = 10
      advice  = "Workspaces share the disk. Raise `runner_disk_gb`, and let the group replace its machines."
    }
  }

  # Single lines of the log that somebody must see.
  lines = {
    role_ended = {
      title  = "A role ended by itself"
      filter = "severity>=ERROR AND jsonPayload.target=\"berth\""
      advice = "A role of Berth ended without being told to. It is started again; its last lines say why."
    }
    audit_down = {
      title  = "The gateway cannot record"
      filter = "severity>=ERROR AND jsonPayload.target=\"berth_gateway\""
      advice = "Ledger or audit trail do not answer: the gateway refuses everything until they do."
    }
    preempted = {
      title  = "A runner was taken back"
      filter = "protoPayload.methodName=\"compute.instances.preempted\""
      advice = "A Spot machine went with 30 seconds' notice. Its workspaces move; nothing is to be done unless it happens all day."
    }
  }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.thresholds

  project               = var.project
  display_name          = "Berth: ${each.value.title}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.limit
      duration        = "${each.value.minutes * 60}s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.aligner == "ALIGN_RATE" ? "REDUCE_SUM" : "REDUCE_MAX"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.advice
  }

  alert_strategy {
    auto_close = "3600s"
  }
}

resource "google_monitoring_alert_policy" "line" {
  for_each = local.lines

  project               = var.project
  display_name          = "Berth: ${each.value.title}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = each.value.title

    condition_matched_log {
      filter = each.value.filter
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.advice
  }

  alert_strategy {
    auto_close = "3600s"

    notification_rate_limit {
      period = "900s"
    }
  }
}

resource "google_monitoring_uptime_check_config" "api" {
  project      = var.project
  display_name = "Berth: ${var.api_host}"
  period       = "300s"
  timeout      = "10s"

  http_check {
    path         = var.live_path
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project
      host       = var.api_host
    }
  }
}

resource "google_monitoring_alert_policy" "down" {
  project               = var.project
  display_name          = "Berth: cannot be reached"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "Fails from two places"

    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.label.check_id=\"${google_monitoring_uptime_check_config.api.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "300s"

      aggregations {
        alignment_period     = "1200s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Berth does not answer from outside. Look at the newest revision of the API; roll back if it is minutes old."
  }
}

resource "google_monitoring_dashboard" "this" {
  project = var.project
  dashboard_json = templatefile("${path.module}/dashboard.json.tftpl", {
    api          = var.api_service
    hook         = var.hook_service
    subscription = var.subscription
    dead         = var.dead_subscription
    group        = var.runner_group
    database     = var.database
  })
}

# Who read which secret, and who used the key: Google records reads only where it is asked to.
resource "google_project_iam_audit_config" "reads" {
  for_each = toset(["cloudkms.googleapis.com", "secretmanager.googleapis.com"])

  project = var.project
  service = each.key

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}
