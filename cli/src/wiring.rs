//! Which adapter stands behind which port. The roles never know.

pub(crate) mod api;
pub(crate) mod assets;
pub(crate) mod clock;
#[cfg(feature = "gcp")]
pub(crate) mod cloud;
#[cfg(feature = "embedded")]
pub(crate) mod credentials;
#[cfg(feature = "embedded")]
pub(crate) mod data;
#[cfg(feature = "embedded")]
pub(crate) mod engine;
#[cfg(feature = "embedded")]
pub(crate) mod model;
#[cfg(feature = "gcp")]
pub(crate) mod pass;
pub(crate) mod random;
#[cfg(feature = "gcp")]
pub(crate) mod ready;
pub(crate) mod sign_in;
