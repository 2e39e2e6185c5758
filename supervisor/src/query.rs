//! The query of a request's target.

use std::str::FromStr;

use berth_supervisor_protocol::ErrorCode;
use http::Uri;
use percent_encoding::percent_decode_str;

use crate::answer::Refusal;

/// Parameters as they stand in a target. A `+` is a plus: files have such names.
#[derive(Debug)]
pub(crate) struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    pub(crate) fn of(uri: &'a Uri) -> Self {
        Self(uri.query().unwrap_or_default())
    }

    /// The first parameter of that name, decoded; refused when it is not UTF-8.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, Refusal> {
        self.0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| {
                percent_decode_str(value)
                    .decode_utf8()
                    .map(std::borrow::Cow::into_owned)
                    .map_err(|_| Refusal::new(ErrorCode::Invalid, format!("{name} is not UTF-8")))
            })
            .transpose()
    }

    pub(crate) fn need(&self, name: &str) -> Result<String, Refusal> {
        self.get(name)?
            .ok_or_else(|| Refusal::new(ErrorCode::Invalid, format!("{name} is missing")))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        self.get(name)?
            .map(|text| {
                text.parse().map_err(|_| {
                    Refusal::new(ErrorCode::Invalid, format!("{name} is not a number"))
                })
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_a_plus_stays_a_plus() {
        let uri: Uri = "/x?path=a%20%2B+b%00&n=7&bad=%ff"
            .parse()
            .expect("a target");
        let query = Query::of(&uri);
        assert_eq!(query.need("path"), Ok("a ++b\0".to_owned()));
        assert_eq!(query.number("n"), Ok(Some(7_u64)));
        assert_eq!(query.get("none"), Ok(None));
        assert!(query.get("bad").is_err());
        assert!(query.number::<u64>("path").is_err());
    }
}
