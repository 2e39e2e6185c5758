# Places for secrets, and the key that wraps users' own. Values are never in Terraform: they would stand in its state. Whoever sets Berth up
# adds them once, with the commands that the output prints.

resource "google_secret_manager_secret" "this" {
  for_each = { model-key = "Key of the Anthropic API. Read by gateways only." }

  project             = var.project
  secret_id           = "${var.name}-${each.key}"
  deletion_protection = true
  annotations         = { purpose = each.value }

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

# Neither a key ring nor a key can be deleted: they outlive every environment, and so are made beside the state.
resource "google_kms_key_ring" "this" {
  project  = var.project
  location = var.region
  name     = var.name
}

resource "google_kms_crypto_key" "user_secrets" {
  name     = "user-secrets"
  key_ring = google_kms_key_ring.this.id
  purpose  = "ENCRYPT_DECRYPT"
  # Old versions still decrypt; only new data keys are wrapped by the new one.
  rotation_period            = "7776000s" # 90 days
  destroy_scheduled_duration = "2592000s" # 30 days

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "SOFTWARE"
  }

  lifecycle {
    prevent_destroy = true
  }
}
