variable "size" {
  type = object({
    api_min         = number
    api_max         = number
    api_cpu         = string
    api_memory      = string
    zones           = list(string)
    runner_machine  = string
    runner_min      = number
    runner_max      = number
    runner_capacity = number
    runner_disk_gb  = number
    runner_spot     = bool
    daily_backups   = number
  })
  description = <<-TEXT
    What an environment differs in. api_*: instances of the API, processors and memory of one. zones: letters of the zones with runners.
    runner_*: machine type, fewest and most machines, runs at a time on one, disk in GB, whether Google may take them back (Spot).
    daily_backups: days that the store's backups are kept.
  TEXT

  validation {
    condition     = var.size.runner_min >= 1 && var.size.runner_max >= var.size.runner_min
    error_message = "size needs runner_min of at least 1 and runner_max of at least runner_min."
  }

  validation {
    condition     = var.size.api_max >= max(1, var.size.api_min)
    error_message = "size needs api_max of at least 1 and of at least api_min."
  }

  validation {
    condition     = length(var.size.zones) >= 1 && alltrue([for zone in var.size.zones : can(regex("^[a-z]$", zone))])
    error_message = "size.zones must be letters of zones, such as [\"b\", \"c\"]."
  }
}
