variable "size" {
  type = object({
    api_min         = number
    api_max         = number
    api_cpu         = string
    api_memory      = string
    zones           = number
    runner_machine  = string
    runner_min      = number
    runner_max      = number
    runner_capacity = number
    runner_disk_gb  = number
    runner_spot     = bool
    daily_backups   = number
  })
  description = <<-TEXT
    What an environment differs in. api_*: instances of the API, processors and memory of one. zones: how many zones have runners.
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
    condition     = var.size.zones >= 1 && var.size.zones <= 3
    error_message = "size.zones must be 1 to 3."
  }
}
