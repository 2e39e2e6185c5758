output "service" {
  description = "Name of the service."
  value       = google_cloud_run_v2_service.this.name
}

output "url" {
  description = "Cloud Run's address of the service."
  value       = google_cloud_run_v2_service.this.uri
}

output "dns_records" {
  description = "Records to set where the domain is kept; empty without a domain."
  value       = flatten([for mapping in google_cloud_run_domain_mapping.this : mapping.status[*].resource_records])
}
