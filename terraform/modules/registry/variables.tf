variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Location of the repository."
}

variable "name" {
  type        = string
  description = "Name of the repository."
}

variable "keep" {
  type        = number
  description = "Newest versions of each image that stay whatever their age: what one can roll back to."
  default     = 10

  validation {
    condition     = var.keep >= 3
    error_message = "keep must be at least 3, or a roll-back may find its image gone."
  }
}
