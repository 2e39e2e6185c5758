output "url" {
  description = "Where users reach Berth."
  value       = module.berth.url
}

output "next_steps" {
  description = "What is left to do by hand."
  value       = module.berth.next_steps
}

output "services" {
  description = "Cloud Run services, for roll-backs."
  value       = module.berth.services
}

output "runner_group" {
  description = "Instance group of the runners."
  value       = module.berth.runner_group
}
