variable "project" {
  type        = string
  description = "Project id."
}

variable "project_number" {
  type        = string
  description = "Project number, which names Google's own accounts."
}

variable "region" {
  type        = string
  description = "The one region in which messages are kept."
}

variable "name" {
  type        = string
  description = "Beginning of the names."
}
