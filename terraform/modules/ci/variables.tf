variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Region of the triggers."
}

variable "name" {
  type        = string
  description = "Beginning of the names."
}

variable "environment" {
  type        = string
  description = "Which folder of terraform/environments is deployed."

  validation {
    condition     = contains(["small", "standard"], var.environment)
    error_message = "environment must be small or standard."
  }
}

variable "state_bucket" {
  type        = string
  description = "Bucket of Terraform's state."
}

variable "image_address" {
  type        = string
  description = "Where images are pushed."
}

variable "branch" {
  type        = string
  description = "Branch that is deployed."
  default     = "main"
}

variable "approve" {
  type        = bool
  description = "Wait for a person before each deployment."
  default     = true
}

variable "cloudbuild_repository" {
  type        = string
  description = "Repository connected to Cloud Build (projects/…/locations/…/connections/…/repositories/…); null for no triggers."
  default     = null
}

variable "federation" {
  type = object({
    issuer     = string
    repository = string
    ref        = string
  })
  description = "CI outside of Google: issuer of its tokens, and the one repository (OWNER/NAME) and ref (refs/heads/main) that may deploy; null for none."
  default     = null

  validation {
    condition     = var.federation == null ? true : startswith(var.federation.issuer, "https://") && can(regex("^[^/ \"]+/[^/ \"]+$", var.federation.repository)) && can(regex("^refs/(heads|tags)/[^ \"]+$", var.federation.ref))
    error_message = "federation needs an https:// issuer, a repository OWNER/NAME and a ref such as refs/heads/main."
  }
}
