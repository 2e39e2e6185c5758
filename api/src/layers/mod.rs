//! What happens to every request, whatever its route.

mod headers;
mod observe;

pub(crate) use headers::secure;
pub(crate) use observe::observe;
