# Hundreds of users: an API that is always there, runners in three zones that follow the backlog.

locals {
  size = {
    api_min    = 1
    api_max    = 20
    api_cpu    = "1"
    api_memory = "1Gi"

    zones           = 3
    runner_machine  = "e2-standard-8"
    runner_min      = 2
    runner_max      = 20
    runner_capacity = 24
    runner_disk_gb  = 250
    runner_spot     = false

    daily_backups = 30
  }
}
