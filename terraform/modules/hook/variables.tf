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
  description = "Image of the hook, by digest."

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be named by digest: ADDRESS@sha256:…"
  }
}

variable "account" {
  type        = string
  description = "E-mail address of the hook's service account."
}

variable "audience" {
  type        = string
  description = "Audience that a caller's token must have, exactly."
}

variable "environment" {
  type        = map(string)
  description = "Variables; nothing secret."
}

variable "port" {
  type        = number
  description = "Port on which the hook listens."
}

variable "ready_path" {
  type        = string
  description = "Path that answers once the process can serve."
}

variable "protect" {
  type        = bool
  description = "Refuse to delete the service."
  default     = true
}
