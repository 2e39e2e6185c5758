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
#[cfg(feature = "gcp")]
pub(crate) mod link_key;
#[cfg(feature = "embedded")]
pub(crate) mod model;
#[cfg(feature = "gcp")]
pub(crate) mod notifier;
#[cfg(feature = "gcp")]
pub(crate) mod pass;
pub(crate) mod random;
#[cfg(feature = "gcp")]
pub(crate) mod reachable;
#[cfg(feature = "gcp")]
pub(crate) mod ready;
pub(crate) mod sign_in;
#[cfg(feature = "gcp")]
pub(crate) mod upstream;
pub(crate) mod work;
