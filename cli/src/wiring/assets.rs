//! The embedded dashboard as the API wants it.

use std::borrow::Cow;

use berth_api::{Asset, Assets};
use bytes::Bytes;

/// What `npm run build` made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dashboard;

impl Assets for Dashboard {
    fn asset(&self, path: &str, accept_encoding: &str) -> Option<Asset> {
        let asset = berth_dashboard::asset(path, accept_encoding)?;
        Some(Asset {
            bytes: match asset.bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            },
            media_type: asset.content_type.to_owned(),
            etag: asset.etag.trim_matches('"').to_owned(),
            encoding: asset.encoding,
        })
    }
}
