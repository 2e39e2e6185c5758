variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Region of the job."
}

variable "name" {
  type        = string
  description = "Beginning of the job's name."
}

variable "hook_url" {
  type        = string
  description = "Address of the hook."
}

variable "caller" {
  type        = string
  description = "E-mail address of the service account in whose name the hook is called."
}

variable "audience" {
  type        = string
  description = "Audience of the token."
}
