variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Region of the subnets and of Cloud NAT."
}

variable "name" {
  type        = string
  description = "Name of the network, and beginning of the names of its parts."
}

variable "runner_range" {
  type        = string
  description = "Addresses of runners, as a CIDR range."
  default     = "10.20.0.0/24"

  validation {
    condition     = can(cidrnetmask(var.runner_range))
    error_message = "runner_range must be an IPv4 CIDR range such as 10.20.0.0/24."
  }
}

variable "api_range" {
  type        = string
  description = "Addresses of the API's instances inside the network; Cloud Run wants a /26 or larger."
  default     = "10.20.1.0/26"

  validation {
    condition     = can(cidrnetmask(var.api_range)) && try(tonumber(split("/", var.api_range)[1]) <= 26, false)
    error_message = "api_range must be an IPv4 CIDR range of /26 or larger."
  }
}

variable "runner_port" {
  type        = number
  description = "Port on which a runner answers the API and health checks."
}

variable "runner_account" {
  type        = string
  description = "E-mail address of the runners' service account; rules for runners apply to it."
}

variable "egress_hosts" {
  type        = list(string)
  description = "Names that runners may reach on port 443 beside Google's APIs. Exact names: the firewall knows no wildcards."
  default     = []

  validation {
    condition     = alltrue([for host in var.egress_hosts : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", host))])
    error_message = "egress_hosts must be exact names in lower case, without wildcards, ports or addresses."
  }
}

variable "open_web" {
  type        = bool
  description = "Let runners reach port 443 anywhere. Needed where agents may use the network mode \"open web\"; the gateway still records every host."
  default     = false
}

variable "operators_ssh" {
  type        = bool
  description = "Let operators open SSH through Identity-Aware Proxy (OS Login decides who)."
  default     = false
}
