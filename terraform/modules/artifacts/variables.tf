variable "project" {
  type        = string
  description = "Project id; it begins the bucket's name, which is unique in the world."
}

variable "region" {
  type        = string
  description = "Location of the bucket."
}

variable "name" {
  type        = string
  description = "Middle of the bucket's name."
}

variable "snapshot_days" {
  type        = number
  description = "Days after which a snapshot goes. A workspace that slept longer begins without its files: keep it long."
  default     = 400

  validation {
    condition     = var.snapshot_days >= 30
    error_message = "snapshot_days must be at least 30."
  }
}

variable "protect" {
  type        = bool
  description = "Refuse to delete a bucket that holds anything."
  default     = true
}
