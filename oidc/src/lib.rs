//! ID tokens that Google signed: of people who sign in, and of the service account that calls the scheduler's hook.
//!
//! A [`Verifier`] takes a token's text, finds the key that signed it ([`KeySource`]: over HTTP, or in a test's hand), and
//! lets [`Claims::check`], which is pure, compare what it says with what is [`Expected`]. Who may come in although a
//! token is genuine is deliberately not decided here.
//!
//! What a token says about its own verification is not believed: the algorithm is RS256 whatever the header claims, and
//! keys or addresses of keys in it are not looked at.

mod claims;
mod http;
mod keys;
mod verifier;

pub use claims::{Claims, Expected, GOOGLE_ISSUERS, LEEWAY, Refused};
pub use http::{GOOGLE_KEYS, HttpKeys};
pub use keys::{KeySource, KeysUnavailable};
pub use verifier::{Verifier, VerifyError};
