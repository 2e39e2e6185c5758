//! Lists that are read page by page.

/// One page and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Opaque start of the next page; `None` at the end.
    pub next: Option<String>,
}

/// Which page is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// `next` of the page before; `None` for the first.
    pub cursor: Option<String>,
    /// Rows at most; see [`PageRequest::limit`].
    pub limit: Option<u32>,
}

/// Rows of a page when nothing is asked.
pub const DEFAULT_LIMIT: u32 = 50;
/// Rows of a page at most.
pub const MAX_LIMIT: u32 = 500;

impl PageRequest {
    /// Rows to answer: what was asked, within 1 and [`MAX_LIMIT`].
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }
}
