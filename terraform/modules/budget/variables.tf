variable "project" {
  type        = string
  description = "Project whose costs are watched."
}

variable "name" {
  type        = string
  description = "Beginning of the budget's name."
}

variable "billing_account" {
  type        = string
  description = "Billing account, such as 012345-6789AB-CDEF01."

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must look like 012345-6789AB-CDEF01."
  }
}

variable "amount" {
  type        = number
  description = "What a month may cost, in whole units of the currency. The model's own bill is not in it, unless it is Vertex AI."

  validation {
    condition     = var.amount >= 1 && floor(var.amount) == var.amount
    error_message = "amount must be a whole number of at least 1."
  }
}

variable "currency" {
  type        = string
  description = "Currency of the billing account."
  default     = "USD"

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.currency))
    error_message = "currency must be three capital letters, such as USD or KRW."
  }
}

variable "channels" {
  type        = list(string)
  description = "Notification channels, beside the billing account's administrators."
  default     = []
}
