# One service account a role. Made here, allowed nothing here: what each may do is one table, in the module grants.

locals {
  accounts = {
    api       = "Berth API on Cloud Run: answers users."
    runner    = "Berth runner and gateway on Compute Engine: runs workspaces, calls the model."
    hook      = "Berth scheduler-hook on Cloud Run: turns due times into runs."
    scheduler = "Caller of the hook, for Cloud Scheduler: may do nothing else."
  }
}

resource "google_service_account" "this" {
  for_each = local.accounts

  project      = var.project
  account_id   = "${var.name}-${each.key}"
  display_name = "${var.name} ${each.key}"
  description  = each.value
}

# Whoever deploys must name these accounts where it starts services and machines; these, and no others.
resource "google_service_account_iam_member" "deployer" {
  for_each = var.deployer == null ? {} : local.accounts

  service_account_id = google_service_account.this[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.deployer}"
}
