variable "project" {
  type        = string
  description = "Project id. The project exists and has billing."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id (not its name or number): 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  type        = string
  description = "Where everything is."

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west1, not a zone."
  }
}

variable "environment" {
  type        = string
  description = "Which folder of terraform/environments the triggers deploy: small or standard."
  default     = "small"

  validation {
    condition     = contains(["small", "standard"], var.environment)
    error_message = "environment must be small or standard."
  }
}

variable "billing_account" {
  type        = string
  description = "Billing account for the budget's alert, such as 012345-6789AB-CDEF01; null for no budget."
  default     = null
}

variable "monthly_budget" {
  type        = number
  description = "What a month may cost before somebody is told."
  default     = 200
}

variable "currency" {
  type        = string
  description = "Currency of the billing account."
  default     = "USD"
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
  description = "CI outside of Google: issuer of its tokens, and the one repository and ref that may deploy; null for none."
  default     = null
}
