# A team of ten: one runner in one zone, an API that sleeps when nobody looks. A second at the first click in the morning, and a pause of
# about two minutes when the runner's machine is replaced.

locals {
  size = {
    api_min    = 0
    api_max    = 3
    api_cpu    = "1"
    api_memory = "512Mi"

    zones           = 1
    runner_machine  = "e2-standard-4"
    runner_min      = 1
    runner_max      = 1
    runner_capacity = 12
    runner_disk_gb  = 100
    runner_spot     = false

    daily_backups = 7
  }
}
