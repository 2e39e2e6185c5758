//! Links that only this proxy can make: `/registry/file/{signature}/{address}/{file name}`.
//!
//! The file's name stands last because pip and npm read it from there, and because pip asks for a wheel's metadata by
//! appending `.metadata` to the link (PEP 658).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_domain::run_token::TokenKey;
use subtle::ConstantTimeEq as _;
use url::Url;

use super::source::Sources;

const METADATA: &str = ".metadata";
const PURPOSE: &str = "registry-file";
/// Half of the HMAC: 128 bits.
const SIGNATURE_BYTES: usize = 16;

/// Makes links for one response.
#[derive(Debug)]
pub(super) struct Linker<'a> {
    key: &'a TokenKey,
    sources: &'a Sources,
    origin: String,
}

impl<'a> Linker<'a> {
    pub(super) fn new(key: &'a TokenKey, sources: &'a Sources, origin: String) -> Self {
        Self {
            key,
            sources,
            origin,
        }
    }

    /// The link that stands for `url`; `None` where it is left alone because it would not be fetched.
    pub(super) fn link(&self, url: &Url) -> Option<String> {
        if !self.sources.may_fetch(url) {
            return None;
        }
        let fragment = url
            .fragment()
            .map(|fragment| format!("#{fragment}"))
            .unwrap_or_default();
        // A project's page ends in a slash. A file may well lie below the index, too.
        let page = self.sources.pypi().filter(|_| url.path().ends_with('/'));
        if let Some(rest) = page.and_then(|index| url.as_str().strip_prefix(index.as_str())) {
            return Some(format!("{}/registry/pypi/simple/{rest}", self.origin));
        }
        let mut bare = url.clone();
        bare.set_fragment(None);
        let name = file_name(&bare);
        let signature = URL_SAFE_NO_PAD.encode(sign(self.key, bare.as_str()));
        let address = URL_SAFE_NO_PAD.encode(bare.as_str());
        Some(format!(
            "{}/registry/file/{signature}/{address}/{name}{fragment}",
            self.origin
        ))
    }
}

fn sign(key: &TokenKey, url: &str) -> [u8; SIGNATURE_BYTES] {
    let tag = key.tag(PURPOSE, url.as_bytes());
    let mut signature = [0; SIGNATURE_BYTES];
    signature.copy_from_slice(&tag[..SIGNATURE_BYTES]);
    signature
}

fn file_name(url: &Url) -> &str {
    url.path().rsplit('/').next().unwrap_or_default()
}

/// The address behind `{signature}/{address}/{file name}`, or behind its metadata.
pub(super) fn open(rest: &str, key: &TokenKey) -> Option<Url> {
    let mut parts = rest.splitn(3, '/');
    let (signature, address, name) = (parts.next()?, parts.next()?, parts.next()?);
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let address = String::from_utf8(URL_SAFE_NO_PAD.decode(address).ok()?).ok()?;
    if !bool::from(signature.ct_eq(&sign(key, &address))) {
        return None;
    }
    let mut url = Url::parse(&address).ok()?;
    let own = file_name(&url);
    match name.strip_prefix(own)? {
        "" => {}
        METADATA => url.set_path(&format!("{}{METADATA}", url.path())),
        _ => return None,
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use berth_domain::ports::gateway::Registries;

    use super::*;

    const ORIGIN: &str = "http://127.0.0.1:9000";

    fn link(url: &str) -> String {
        let key = TokenKey::new([3; 32]);
        let registries = Registries {
            pypi: Some("https://i.example/simple".into()),
            npm: None,
        };
        let sources = Sources::parse(&registries).unwrap();
        Linker::new(&key, &sources, ORIGIN.into())
            .link(&Url::parse(url).unwrap())
            .unwrap()
    }

    fn opened(link: &str) -> Option<String> {
        let rest = link.strip_prefix(ORIGIN)?.strip_prefix("/registry/file/")?;
        open(rest.split('#').next()?, &TokenKey::new([3; 32])).map(|url| url.to_string())
    }

    #[test]
    fn a_link_opens_to_what_it_was_made_for() {
        let url = "https://f.example/a/demo-1.0%2Bx-py3-none-any.whl?token=1";
        let made = link(&format!("{url}#sha256=abc"));
        assert!(
            made.ends_with("/demo-1.0%2Bx-py3-none-any.whl#sha256=abc"),
            "{made}"
        );
        assert_eq!(opened(&made).unwrap(), url);
        let metadata = made.replace("#sha256=abc", ".metadata");
        assert_eq!(
            opened(&metadata).unwrap(),
            url.replace(".whl", ".whl.metadata")
        );
    }

    #[test]
    fn pages_of_the_index_stay_pages() {
        assert_eq!(
            link("https://i.example/simple/numpy/"),
            format!("{ORIGIN}/registry/pypi/simple/numpy/")
        );
    }

    #[test]
    fn a_changed_link_opens_nothing() {
        let made = link("https://f.example/a.whl");
        let evil = URL_SAFE_NO_PAD.encode("https://evil.example/a.whl");
        let good = URL_SAFE_NO_PAD.encode("https://f.example/a.whl");
        for changed in [
            made.replace(&good, &evil),
            made.replace("a.whl", "b.whl"),
            format!("{made}.asc"),
            made.replace("/file/", "/file/A"),
            made.replace("/file/", "/file//"),
        ] {
            assert_eq!(opened(&changed), None, "{changed}");
        }
    }
}
