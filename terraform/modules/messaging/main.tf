# Hints that a run waits. They may be lost, doubled or late: the store is the truth and a sweep finds every run. A hint that cannot be
# handled five times goes aside, where an alert sees it.

locals {
  # Google's own account that moves dead letters.
  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "runs" {
  project                    = var.project
  name                       = "${var.name}-runs"
  message_retention_duration = "86400s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

# Hints for no runner in particular. A runner's own subscription takes those with its name; it makes that one itself. Both are called after
# the topic, as infra/gcp/src/queue/names.rs has it: TOPIC-any and TOPIC-to-NAME.
resource "google_pubsub_subscription" "any_runner" {
  project                    = var.project
  name                       = "${var.name}-runs-any"
  topic                      = google_pubsub_topic.runs.id
  filter                     = "NOT attributes:runner"
  ack_deadline_seconds       = 60
  message_retention_duration = "86400s"
  enable_message_ordering    = false

  expiration_policy {
    ttl = ""
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = 5
  }

  depends_on = [google_pubsub_topic_iam_member.dead]
}

resource "google_pubsub_topic" "dead" {
  project                    = var.project
  name                       = "${var.name}-runs-dead"
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

# Without a subscription a dead letter would be gone before anybody looked.
resource "google_pubsub_subscription" "dead" {
  project                    = var.project
  name                       = "${var.name}-runs-dead"
  topic                      = google_pubsub_topic.dead.id
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "dead" {
  project = var.project
  topic   = google_pubsub_topic.dead.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead" {
  project      = var.project
  subscription = google_pubsub_subscription.any_runner.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
