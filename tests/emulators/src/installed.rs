//! What `tests/emulators/install.sh` has put beside the build.

use std::path::PathBuf;

use crate::process::StartError;

/// The folder of Python packages.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/emulators")
}

/// The error that it is not there.
pub const fn missing(what: &'static str) -> StartError {
    StartError::Missing {
        what,
        how: "run tests/emulators/install.sh",
    }
}
