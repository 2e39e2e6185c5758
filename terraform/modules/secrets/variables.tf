variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "The one region in which secrets and keys are kept."
}

variable "name" {
  type        = string
  description = "Beginning of the secrets' names, and name of the key ring."
}
