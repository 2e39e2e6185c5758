output "network" {
  description = "Id of the network."
  value       = google_compute_network.this.id
}

output "runner_subnet" {
  description = "Id of the runners' subnet."
  value       = google_compute_subnetwork.runners.id
}

output "api_subnet" {
  description = "Id of the subnet from which the API calls runners."
  value       = google_compute_subnetwork.api.id
}
