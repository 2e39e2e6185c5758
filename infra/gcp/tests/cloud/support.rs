//! What these tests share.

use uuid::Uuid;

/// An id that no other test has.
#[expect(
    clippy::disallowed_methods,
    reason = "tests share emulators and are told apart by chance"
)]
pub(crate) fn random_id<T: From<Uuid>>() -> T {
    Uuid::new_v4().into()
}

/// What the program does first thing: one TLS library for everything that speaks HTTP.
pub(crate) fn install_tls() {
    // The second test of a process finds it there.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
