variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Location of the database. It cannot be changed later."
}

variable "name" {
  type        = string
  description = "Name of the database."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.name))
    error_message = "name must be 4 to 63 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "indexes_file" {
  type        = string
  description = "Indexes and times to live in Firebase's format; a missing file means none."
}

variable "protect" {
  type        = bool
  description = "Refuse to delete the database."
  default     = true
}

variable "daily_backups" {
  type        = number
  description = "Days that a daily backup is kept."
  default     = 7

  validation {
    condition     = var.daily_backups >= 1 && var.daily_backups <= 98
    error_message = "daily_backups must be 1 to 98 days: Firestore keeps backups 14 weeks at most."
  }
}

variable "weekly_backups" {
  type        = number
  description = "Weeks that a weekly backup is kept."
  default     = 8

  validation {
    condition     = var.weekly_backups >= 1 && var.weekly_backups <= 14
    error_message = "weekly_backups must be 1 to 14 weeks."
  }
}
