//! Where a request to `/registry/…` leads, if anywhere.

use berth_domain::ports::gateway::Registries;
use berth_domain::run_token::TokenKey;
use percent_encoding::percent_decode_str;
use url::Url;

use super::link;
use crate::http::Refusal;

/// What stands behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pypi,
    Npm,
    /// Something an index linked to.
    File,
}

/// An upstream address to fetch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) url: Url,
}

/// The indexes of one workspace. Both end in a slash.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pypi: Option<Url>,
    npm: Option<Url>,
}

impl Sources {
    /// The reason for a refusal is fixed text: an address may carry a password.
    pub(crate) fn parse(registries: &Registries) -> Result<Self, &'static str> {
        let parse = |address: &Option<String>| address.as_deref().map(parse_index).transpose();
        Ok(Self {
            pypi: parse(&registries.pypi)?,
            npm: parse(&registries.npm)?,
        })
    }

    pub(crate) fn pypi(&self) -> Option<&Url> {
        self.pypi.as_ref()
    }

    /// Encrypted addresses, and plain ones where an index itself is configured plain.
    pub(crate) fn may_fetch(&self, url: &Url) -> bool {
        let plain = || {
            [&self.pypi, &self.npm]
                .into_iter()
                .flatten()
                .any(|index| index.scheme() == "http")
        };
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && plain());
        scheme && url.has_host() && url.username().is_empty() && url.password().is_none()
    }

    /// Reads `path`, which follows `/registry/` in the raw target.
    pub(crate) fn target(&self, path: &str, key: &TokenKey) -> Result<Target, Refusal> {
        if let Some(rest) = path.strip_prefix("file/") {
            let url = link::open(rest, key)
                .ok_or_else(|| Refusal::forbidden("not a link of this proxy"))?;
            return Ok(Target {
                kind: Kind::File,
                url,
            });
        }
        let (kind, index, rest) = if let Some(rest) = path.strip_prefix("pypi/simple/") {
            (Kind::Pypi, &self.pypi, rest)
        } else if let Some(rest) = path.strip_prefix("npm/") {
            (Kind::Npm, &self.npm, rest)
        } else {
            return Err(Refusal::forbidden("not reachable from a workspace"));
        };
        if !is_plain(rest) {
            return Err(Refusal::bad_request("not a plain path"));
        }
        let index = index.as_ref().ok_or_else(Refusal::not_found)?;
        let url = Url::parse(&format!("{index}{rest}"))
            .map_err(|_| Refusal::bad_request("not a plain path"))?;
        Ok(Target { kind, url })
    }
}

fn parse_index(address: &str) -> Result<Url, &'static str> {
    let mut url = Url::parse(address).map_err(|_| "it cannot be parsed")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it carries a credential, which the container could read");
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// A relative path that means the same to every parser: no dot segments, empty segments or escapes that hide one.
fn is_plain(rest: &str) -> bool {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let listed = |text: &str, more: &[u8]| {
        text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || b"._~@%/+!-".contains(&byte) || more.contains(&byte)
        })
    };
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
        return false;
    };
    let shape = decoded
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\\%?#".contains(&byte))
        && !path.to_ascii_lowercase().contains("%2e")
        && decoded
            .strip_suffix('/')
            .unwrap_or(&decoded)
            .split('/')
            .all(|part| !matches!(part, "." | ".."))
        && !decoded.contains("//")
        && !decoded.starts_with('/');
    shape && listed(path, b"") && listed(query, b"=&:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        let registries = Registries {
            pypi: Some("https://i.example/simple".into()),
            npm: Some("https://n.example/npm/".into()),
        };
        Sources::parse(&registries).unwrap()
    }

    fn target(path: &str) -> Result<String, u16> {
        let target = sources().target(path, &TokenKey::new([1; 32]));
        target
            .map(|target| target.url.to_string())
            .map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn paths_lead_to_their_index() {
        assert_eq!(
            target("pypi/simple/numpy/").unwrap(),
            "https://i.example/simple/numpy/"
        );
        assert_eq!(target("pypi/simple/").unwrap(), "https://i.example/simple/");
        assert_eq!(
            target("npm/left-pad").unwrap(),
            "https://n.example/npm/left-pad"
        );
        assert_eq!(
            target("npm/@types%2fnode").unwrap(),
            "https://n.example/npm/@types%2fnode"
        );
        assert_eq!(
            target("npm/@types/node/-/node-1.0.0.tgz").unwrap(),
            "https://n.example/npm/@types/node/-/node-1.0.0.tgz"
        );
        assert_eq!(
            target("npm/-/v1/search?text=a&size=20").unwrap(),
            "https://n.example/npm/-/v1/search?text=a&size=20"
        );
    }

    #[test]
    fn nothing_leads_out_of_the_index() {
        for path in [
            "pypi/simple/../admin",
            "pypi/simple/%2e%2e/admin",
            "pypi/simple/..%2fadmin",
            "pypi/simple/%252e%252e/admin",
            "pypi/simple//evil.example/",
            "npm/\\evil",
            "npm/a%00b",
            "npm/a%5cb",
            "npm/a#b",
            "npm/a?b=%23#c",
        ] {
            assert_eq!(target(path), Err(400), "{path}");
        }
        for path in ["pypi/legacy/", "maven/x", "file/a/b/c", "file/", ""] {
            assert_eq!(target(path), Err(403), "{path}");
        }
        let none = Sources::default().target("npm/a", &TokenKey::new([1; 32]));
        assert_eq!(none.unwrap_err().status.as_u16(), 404);
    }

    #[test]
    fn plain_http_is_fetched_only_where_an_index_is_plain() {
        let plain = Sources::parse(&Registries {
            pypi: Some("http://i.example/simple".into()),
            npm: None,
        })
        .unwrap();
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(plain.may_fetch(&url("http://f.example/a")));
        assert!(!sources().may_fetch(&url("http://f.example/a")));
        assert!(sources().may_fetch(&url("https://f.example/a")));
        assert!(!sources().may_fetch(&url("https://u:p@f.example/a")));
        assert!(!plain.may_fetch(&url("file:///etc/passwd")));
    }

    #[test]
    fn an_index_must_be_an_ordinary_address() {
        for address in [
            "ftp://a",
            "nonsense",
            "https://user:pw@a/simple",
            "file:///simple",
        ] {
            let registries = Registries {
                pypi: Some(address.into()),
                npm: None,
            };
            assert!(Sources::parse(&registries).is_err(), "{address}");
        }
    }
}
