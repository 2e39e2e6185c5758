output "topic" {
  description = "Topic of run requests."
  value       = google_pubsub_topic.runs.name
}

output "subscription" {
  description = "Subscription that every runner reads."
  value       = google_pubsub_subscription.any_runner.name
}

output "dead_subscription" {
  description = "Where hints that could not be handled wait."
  value       = google_pubsub_subscription.dead.name
}
