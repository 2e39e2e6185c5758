variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Region of the group."
}

variable "zones" {
  type        = list(string)
  description = "Zones of the runners. One zone is cheap; three outlive a zone."

  validation {
    condition     = length(var.zones) >= 1 && alltrue([for zone in var.zones : can(regex("^[a-z]+-[a-z]+[0-9]+-[a-z]$", zone))])
    error_message = "zones must name at least one zone, such as europe-west1-b."
  }
}

variable "name" {
  type        = string
  description = "Name of the group, and beginning of the machines' names."
}

variable "machine_type" {
  type        = string
  description = "Machine type. A running workspace may take 1 GB and one processor."
}

variable "disk_gb" {
  type        = number
  description = "Size of the disk that holds the images and all workspaces of the machine, in GB."

  validation {
    condition     = var.disk_gb >= 30
    error_message = "disk_gb must be at least 30: system and images take 8."
  }
}

variable "os_image" {
  type        = string
  description = "Image of the system; null for the newest Container-Optimized OS. Name one to decide yourself when machines are replaced."
  default     = null
}

variable "min" {
  type        = number
  description = "Fewest runners."

  validation {
    condition     = var.min >= 1
    error_message = "min must be at least 1: without a runner nothing works."
  }
}

variable "max" {
  type        = number
  description = "Most runners: a bound on cost. Equal to min, the group does not scale."
}

variable "spot" {
  type        = bool
  description = "Use machines that Google may take back with 30 seconds' notice, at about a third of the price."
  default     = false
}

variable "backlog_per_runner" {
  type        = number
  description = "Waiting runs for which one runner is wanted."
  default     = 4

  validation {
    condition     = var.backlog_per_runner >= 1
    error_message = "backlog_per_runner must be at least 1."
  }
}

variable "grace_seconds" {
  type        = number
  description = "After how long a runner that drains is killed. It ends by itself before: PlacementConfig in runner/src/placement says how long that takes."
  default     = 40

  validation {
    condition     = var.grace_seconds >= 35 && var.grace_seconds <= 80
    error_message = "grace_seconds must be 35 to 80: a runner takes up to 30 seconds, and Compute Engine ends a machine 90 seconds after it was told to stop."
  }
}

variable "subnet" {
  type        = string
  description = "Subnet of the runners."
}

variable "account" {
  type        = string
  description = "E-mail address of the runners' service account."
}

variable "subscription" {
  type        = string
  description = "Subscription whose backlog decides how many runners there are."
}

variable "port" {
  type        = number
  description = "Port on which a runner answers the API and health checks."
}

variable "live_path" {
  type        = string
  description = "Path that answers while the process lives."
}

variable "images" {
  type        = object({ runner = string, gateway = string, workspace = string })
  description = "Images by digest."

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "Every image must be named by digest: ADDRESS@sha256:…"
  }
}

variable "runner_environment" {
  type        = map(string)
  description = "Variables of the runner; nothing secret."
}

variable "gateway_environment" {
  type        = map(string)
  description = "Variables of the gateway; nothing secret."
}
