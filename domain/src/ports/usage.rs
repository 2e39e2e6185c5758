//! The durable ledger of model calls.
