variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Region of the service."
}

variable "name" {
  type        = string
  description = "Name of the service."
}

variable "image" {
  type        = string
  description = "Image of the API, by digest."

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be named by digest: ADDRESS@sha256:…"
  }
}

variable "account" {
  type        = string
  description = "E-mail address of the API's service account."
}

variable "network" {
  type        = string
  description = "Network in which runners are."
}

variable "subnet" {
  type        = string
  description = "Subnet from which runners are called."
}

variable "environment" {
  type        = map(string)
  description = "Variables; nothing secret."
}

variable "port" {
  type        = number
  description = "Port on which the API listens."
}

variable "min_instances" {
  type        = number
  description = "Instances that are always there. 0 costs nothing at night and a second at the first click; 1 answers at once."

  validation {
    condition     = contains([0, 1, 2, 3], var.min_instances)
    error_message = "min_instances must be 0 to 3."
  }
}

variable "max_instances" {
  type        = number
  description = "Most instances: a bound on cost."

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 100
    error_message = "max_instances must be 1 to 100."
  }
}

variable "concurrency" {
  type        = number
  description = "Requests an instance takes at a time, open WebSockets included."
  default     = 250

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "concurrency must be 1 to 1000, as Cloud Run allows."
  }
}

variable "cpu" {
  type        = string
  description = "Processors of an instance."
  default     = "1"
}

variable "memory" {
  type        = string
  description = "Memory of an instance."
  default     = "512Mi"
}

variable "live_path" {
  type        = string
  description = "Path that answers while the process lives."
}

variable "ready_path" {
  type        = string
  description = "Path that answers once the process can serve."
}

variable "domain" {
  type        = string
  description = "Own domain to map; null for Cloud Run's address."
  default     = null
}

variable "protect" {
  type        = bool
  description = "Refuse to delete the service."
  default     = true
}
