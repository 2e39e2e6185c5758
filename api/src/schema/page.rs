//! Lists that are read page by page.

use berth_domain::page::{DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Result};

/// Which page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
}

impl PageQuery {
    /// The domain's form of it.
    pub(crate) fn request(self) -> Result<PageRequest> {
        Ok(PageRequest {
            limit: Some(checked(self.limit)?),
            cursor: self.cursor,
        })
    }
}

/// Which part of an event log is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeqQuery {
    /// Events with a larger number only.
    #[param(minimum = 0, default = 0)]
    after: Option<u64>,
    /// Events at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
}

impl SeqQuery {
    /// Events after this number.
    pub(crate) fn after(&self) -> u64 {
        self.after.unwrap_or(0)
    }

    /// How many.
    pub(crate) fn limit(&self) -> Result<u32> {
        checked(self.limit)
    }
}

fn checked(limit: Option<u32>) -> Result<u32> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        Ok(limit)
    } else {
        Err(Code::Query.into())
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Items<T> {
    /// The rows, in the list's order.
    items: Vec<T>,
    /// Give it as `cursor` for the next page; null at the end.
    next: Option<String>,
}

impl<T> Items<T> {
    /// A page of converted rows.
    pub(crate) const fn new(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next }
    }

    /// Everything there is, on one page.
    pub(crate) const fn all(items: Vec<T>) -> Self {
        Self::new(items, None)
    }

    /// The page, each row converted.
    pub(crate) fn of<D: Into<T>>(page: Page<D>) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}
