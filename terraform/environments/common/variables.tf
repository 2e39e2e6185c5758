variable "project" {
  type        = string
  description = "Project id."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id (not its name or number): 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  type        = string
  description = "Where everything is. Firestore cannot move later."

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west1, not a zone."
  }
}

variable "zones" {
  type        = list(string)
  description = "Zones of the runners, such as europe-west1-b; null for the region's first ones, as many as the environment wants."
  default     = null
}

variable "images" {
  type = object({
    api       = string
    hook      = string
    runner    = string
    gateway   = string
    workspace = string
  })
  description = "Images by digest, as cloudbuild.yaml prints them: a tag could change under a running system."

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "Every image must be named by digest: ADDRESS@sha256:…"
  }
}

variable "google_client_id" {
  type        = string
  description = "OAuth client id for signing in with Google (a public value; console: APIs & Services, Credentials, Web application)."

  validation {
    condition     = endswith(var.google_client_id, ".apps.googleusercontent.com")
    error_message = "google_client_id must end with .apps.googleusercontent.com."
  }
}

variable "sign_in_domains" {
  type        = list(string)
  description = "Google Workspace domains whose members may sign in."
  default     = []

  validation {
    condition     = alltrue([for domain in var.sign_in_domains : can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", domain))])
    error_message = "sign_in_domains must be domains in lower case, such as example.com."
  }
}

variable "sign_in_emails" {
  type        = list(string)
  description = "Single addresses that may sign in."
  default     = []

  validation {
    condition     = length(var.sign_in_emails) + length(var.sign_in_domains) > 0
    error_message = "Somebody must be able to sign in: set sign_in_domains or sign_in_emails."
  }

  validation {
    condition     = alltrue([for address in var.sign_in_emails : can(regex("^[^@ ,]+@[^@ ,]+$", address))])
    error_message = "sign_in_emails must be e-mail addresses."
  }
}

variable "owners" {
  type        = list(string)
  description = "Addresses of those who may change the installation's settings."
  default     = []
}

variable "alert_emails" {
  type        = list(string)
  description = "Who is told when something is wrong."

  validation {
    condition     = length(var.alert_emails) >= 1
    error_message = "alert_emails needs at least one address: somebody must be told."
  }
}

variable "model_upstream" {
  type        = string
  description = "anthropic: the Anthropic API, with a key in Secret Manager. vertex: Claude on Vertex AI with the runner's account and no key."
  default     = "anthropic"

  validation {
    condition     = contains(["anthropic", "vertex"], var.model_upstream)
    error_message = "model_upstream must be anthropic or vertex."
  }
}

variable "vertex_region" {
  type        = string
  description = "Region of Vertex AI; null for Berth's own."
  default     = null
}

variable "vertex_models" {
  type        = list(string)
  description = "Models of Anthropic's that the project may use on Vertex AI; workspaces are told of them, for Google has no list."
  default     = []
}

variable "max_month_usd" {
  type        = number
  description = "The most that any user's month may cost at the model, in US dollars; null: what users set for themselves alone."
  default     = null
}

variable "package_hosts" {
  type        = list(string)
  description = "Hosts of the package indexes that the workspace image is configured with (docs/deploy.md says how to print them). Empty: agents install nothing."
  default     = []
}

variable "allowed_hosts" {
  type        = list(string)
  description = "Further hosts that every workspace may reach on port 443, as exact names. A host that a user lists for an agent must be here too, unless open_web is set."
  default     = []
}

variable "open_web" {
  type        = bool
  description = "Let the firewall pass port 443 to anywhere, for agents in the network mode \"open web\"."
  default     = false
}

variable "domain" {
  type        = string
  description = "Own domain, mapped to the API by Cloud Run; null for Cloud Run's address."
  default     = null
}

variable "public_url" {
  type        = string
  description = "Address under which users reach Berth, where a load balancer of your own stands in front; null otherwise."
  default     = null

  validation {
    condition     = var.public_url == null ? true : can(regex("^https://[^/]+$", var.public_url))
    error_message = "public_url must be https://HOST, without a path."
  }
}

variable "schedule_jobs" {
  type        = bool
  description = "Keep a Cloud Scheduler job for every schedule, beside the minute's tick. Adds one custom role and one grant to the hook."
  default     = false
}

variable "traces" {
  type        = bool
  description = "Send the spans of runs to Cloud Trace. Adds one grant to api, hook and runner."
  default     = false
}

variable "operators_ssh" {
  type        = bool
  description = "Let operators reach runners by SSH through Identity-Aware Proxy."
  default     = false
}

variable "os_image" {
  type        = string
  description = "Image of the runners' system; null for the newest Container-Optimized OS at each apply."
  default     = null
}

variable "deployer" {
  type        = string
  description = "E-mail address of the deployer (output of terraform/bootstrap); null where a person applies."
  default     = null
}

variable "protect" {
  type        = bool
  description = "Refuse to delete what holds users' data. Set it to false, apply, and only then destroy."
  default     = true
}
