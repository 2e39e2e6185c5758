variable "project" {
  type        = string
  description = "Project id."
}

variable "alert_emails" {
  type        = list(string)
  description = "Who is told."

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "alert_emails must be e-mail addresses."
  }
}

variable "api_service" {
  type        = string
  description = "Name of the API's service."
}

variable "api_host" {
  type        = string
  description = "Name under which users reach the API."
}

variable "live_path" {
  type        = string
  description = "Path that answers while the API lives, asked from outside. Cloud Run passes on none that ends in \"z\"."
}

variable "hook_service" {
  type        = string
  description = "Name of the hook's service."
}

variable "subscription" {
  type        = string
  description = "Subscription that every runner reads."
}

variable "dead_subscription" {
  type        = string
  description = "Where hints that could not be handled wait."
}

variable "runner_group" {
  type        = string
  description = "Instance group of the runners."
}

variable "database" {
  type        = string
  description = "Firestore database."
}
