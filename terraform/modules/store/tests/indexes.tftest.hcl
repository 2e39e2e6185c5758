# The file is Firebase's; what Terraform makes of it is judged here, on a file of every kind of entry.

mock_provider "google" {}

variables {
  project      = "berth-test"
  region       = "europe-west1"
  name         = "berth"
  indexes_file = "./tests/indexes.json"
}

run "every_entry_becomes_an_index_or_a_field" {
  command = plan

  assert {
    condition = toset(keys(google_firestore_index.this)) == toset([
      "executions/COLLECTION/state:ASCENDING/queued_at:DESCENDING",
      "agents/COLLECTION_GROUP/labels:CONTAINS/name:ASCENDING",
    ])
    error_message = "Each index of the file is one index."
  }

  assert {
    condition     = google_firestore_index.this["executions/COLLECTION/state:ASCENDING/queued_at:DESCENDING"].fields[1].order == "DESCENDING"
    error_message = "The order of fields is kept."
  }

  assert {
    condition     = length(google_firestore_field.this["sessions/expires_at"].ttl_config) == 1 && length(google_firestore_field.this["links/ends_at"].ttl_config) == 1
    error_message = "A time to live becomes one."
  }

  assert {
    condition     = length(google_firestore_field.this["events/body"].ttl_config) == 0 && length(google_firestore_field.this["events/body"].index_config) == 1
    error_message = "A field without indexes of its own is exempted, and lives on."
  }

  assert {
    condition     = length(google_firestore_field.this["links/ends_at"].index_config) == 0
    error_message = "Where the file says nothing of indexes, Firestore's own stay."
  }
}

run "a_missing_file_means_no_index" {
  command = plan

  variables {
    indexes_file = "./tests/none.json"
  }

  assert {
    condition     = length(google_firestore_index.this) == 0 && google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "The database is made all the same."
  }
}
