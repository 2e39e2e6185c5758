//! Which adapter stands behind which port. The roles never know.

pub(crate) mod api;
pub(crate) mod assets;
pub(crate) mod clock;
#[cfg(feature = "gcp")]
pub(crate) mod cloud;
#[cfg(feature = "embedded")]
pub(crate) mod credentials;
pub(crate) mod data;
pub(crate) mod engine;
pub(crate) mod gateway;
pub(crate) mod model;
#[cfg(feature = "gcp")]
pub(crate) mod notifier;
#[cfg(feature = "gcp")]
pub(crate) mod pass;
pub(crate) mod random;
#[cfg(feature = "gcp")]
pub(crate) mod ready;
#[cfg(feature = "gcp")]
pub(crate) mod registration;
pub(crate) mod sign_in;
pub(crate) mod work;
