# A mail when the month becomes expensive. It stops nothing: Google reports hours late, and stopping would take everybody's work away.

data "google_project" "this" {
  project_id = var.project
}

resource "google_billing_budget" "this" {
  billing_account = var.billing_account
  display_name    = "${var.name} in ${var.project}"

  budget_filter {
    projects        = ["projects/${data.google_project.this.number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = var.currency
      units         = tostring(var.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  # The billing account's administrators are told anyway.
  dynamic "all_updates_rule" {
    for_each = length(var.channels) == 0 ? [] : [var.channels]
    content {
      monitoring_notification_channels = all_updates_rule.value
      disable_default_iam_recipients   = false
    }
  }
}
