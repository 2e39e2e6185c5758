output "tick" {
  description = "Name of the minute's job."
  value       = google_cloud_scheduler_job.tick.name
}
