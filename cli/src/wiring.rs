//! Which adapter stands behind which port. The roles never know.

pub(crate) mod assets;
pub(crate) mod clock;
pub(crate) mod credentials;
pub(crate) mod data;
pub(crate) mod engine;
pub(crate) mod model;
pub(crate) mod sign_in;
