//! Stands in for Google's sign-in. Tokens are signed with real RSA keys under Google's own issuer name, so that what
//! verifies them runs as it does in production; only the address of the keys and of the sign-in page differ.

mod issuer;
mod server;

pub use issuer::{ISSUER, Issuer, person};
pub use server::{Account, Options, serve};
