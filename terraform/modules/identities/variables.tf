variable "project" {
  type        = string
  description = "Project id."
}

variable "name" {
  type        = string
  description = "Beginning of the accounts' names."
}

variable "deployer" {
  type        = string
  description = "E-mail address of the deployer, which may then name these accounts; null where a person applies."
  default     = null
}
