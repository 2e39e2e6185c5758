variable "project" {
  type        = string
  description = "Project id."
}

variable "region" {
  type        = string
  description = "Region of Cloud Run and of Artifact Registry."
}

variable "name" {
  type        = string
  description = "Beginning of the names of custom roles."
}

variable "accounts" {
  type        = object({ api = string, runner = string, hook = string, scheduler = string })
  description = "E-mail addresses of the roles' service accounts."
}

variable "database" {
  type        = string
  description = "Firestore database."
}

variable "topic" {
  type        = string
  description = "Topic of run requests."
}

variable "subscription" {
  type        = string
  description = "Subscription that every runner reads."
}

variable "snapshots_bucket" {
  type        = string
  description = "Bucket of kept states of workspaces."
}

variable "kms_key" {
  type        = string
  description = "Id of the KMS key that wraps the keys of users' secrets."
}

variable "model_key" {
  type        = string
  description = "Secret that holds the model's key."
}

variable "repository" {
  type        = string
  description = "Artifact Registry repository of the images."
}

variable "api_service" {
  type        = string
  description = "Name of the API's Cloud Run service."
}

variable "hook_service" {
  type        = string
  description = "Name of the hook's Cloud Run service."
}

variable "model_upstream" {
  type        = string
  description = "anthropic (with a key) or vertex (with the runner's own account, no key)."
}

variable "schedule_jobs" {
  type        = bool
  description = "Let the hook keep a Cloud Scheduler job for every schedule."
  default     = false
}

variable "traces" {
  type        = bool
  description = "Let the roles send spans to Cloud Trace."
  default     = false
}
