//! Index pages with their links led through the proxy: HTML and JSON of Python indexes, packuments of npm.

use serde_json::Value;
use url::Url;

use super::link::Linker;
use super::source::Kind;

/// Whether a page of this type carries links to rewrite.
pub(super) fn is_index(kind: Kind, media: &str) -> bool {
    let json = media == "application/json"
        || (media.starts_with("application/vnd.") && media.ends_with("+json"));
    match kind {
        Kind::Pypi => json || is_html(media),
        Kind::Npm => json,
        Kind::File => false,
    }
}

fn is_html(media: &str) -> bool {
    matches!(media, "text/html" | "application/vnd.pypi.simple.v1+html")
}

/// The page with its links rewritten, `None` if it is not what its type says. Relative links refer to `from`.
pub(super) fn page(
    kind: Kind,
    media: &str,
    body: &[u8],
    from: &Url,
    linker: &Linker<'_>,
) -> Option<Vec<u8>> {
    if is_html(media) {
        return Some(html(std::str::from_utf8(body).ok()?, from, linker).into_bytes());
    }
    let mut page: Value = serde_json::from_slice(body).ok()?;
    if kind == Kind::Pypi {
        let files = page.get_mut("files").and_then(Value::as_array_mut);
        files
            .into_iter()
            .flatten()
            .filter_map(|file| file.get_mut("url"))
            .for_each(|url| replace(url, from, linker));
    } else {
        let tarball = |version: &mut Value| {
            if let Some(link) = version.pointer_mut("/dist/tarball") {
                replace(link, from, linker);
            }
        };
        tarball(&mut page);
        let versions = page.get_mut("versions").and_then(Value::as_object_mut);
        versions
            .into_iter()
            .flat_map(|versions| versions.values_mut())
            .for_each(tarball);
    }
    serde_json::to_vec(&page).ok()
}

fn replace(link: &mut Value, from: &Url, linker: &Linker<'_>) {
    if let Value::String(link) = link
        && let Some(rewritten) = from.join(link).ok().and_then(|url| linker.link(&url))
    {
        *link = rewritten;
    }
}

/// Replaces the value of every quoted `href`. Index pages are lists of anchors; everything else is passed on as it is.
fn html(text: &str, from: &Url, linker: &Linker<'_>) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len() * 2);
    let mut done = 0;
    while let Some(at) = lower[done..].find("href=") {
        let start = done + at + "href=".len();
        out.push_str(&text[done..start]);
        done = start;
        let Some(quote) = text[start..]
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))
        else {
            continue;
        };
        let Some(length) = text[start + 1..].find(quote) else {
            continue;
        };
        let end = start + 1 + length;
        let value = &text[start + 1..end];
        let rewritten = from
            .join(&unescape(value))
            .ok()
            .and_then(|url| linker.link(&url));
        out.push(quote);
        out.push_str(&rewritten.map_or_else(|| value.to_owned(), |link| escape(&link)));
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use berth_domain::ports::gateway::Registries;
    use berth_domain::run_token::TokenKey;
    use serde_json::json;

    use super::super::source::Sources;
    use super::*;

    fn rewrite(kind: Kind, media: &str, body: &str) -> String {
        let key = TokenKey::new([3; 32]);
        let registries = Registries {
            pypi: Some("https://i.example/simple".into()),
            npm: Some("https://n.example".into()),
        };
        let sources = Sources::parse(&registries).unwrap();
        let linker = Linker::new(&key, &sources, "http://berth".into());
        let from = Url::parse("https://i.example/simple/demo/").unwrap();
        String::from_utf8(page(kind, media, body.as_bytes(), &from, &linker).unwrap()).unwrap()
    }

    #[test]
    fn html_links_are_led_through_the_proxy() {
        let page = concat!(
            r#"<!DOCTYPE html><a href="https://f.example/demo-1.whl?a=1&amp;b=2#sha256=00" data-core-metadata="sha256=1">demo</a>"#,
            "<A HREF='../../files/demo-2.tar.gz'>한</A><a href=\"/simple/other/\">o</a><a href=\"ftp://x/y\">x</a>",
        );
        let out = rewrite(Kind::Pypi, "text/html", page);
        assert!(
            !out.contains("f.example") && !out.contains("../../files"),
            "{out}"
        );
        assert!(
            out.contains(r#"/demo-1.whl#sha256=00" data-core-metadata="sha256=1">demo</a>"#),
            "{out}"
        );
        assert!(
            out.contains("<A HREF='http://berth/registry/file/")
                && out.contains("/demo-2.tar.gz'>한</A>"),
            "{out}"
        );
        assert!(
            out.contains(r#"href="http://berth/registry/pypi/simple/other/""#),
            "{out}"
        );
        assert!(out.contains(r#"href="ftp://x/y""#), "{out}");
    }

    #[test]
    fn json_links_are_led_through_the_proxy() {
        let page = json!({"meta": {"api-version": "1.1"}, "files": [{"url": "../f/demo-1.whl", "hashes": {"sha256": "0"}}]});
        let out = rewrite(
            Kind::Pypi,
            "application/vnd.pypi.simple.v1+json",
            &page.to_string(),
        );
        assert!(
            out.contains("http://berth/registry/file/") && out.contains("/demo-1.whl\""),
            "{out}"
        );
        let page = json!({"name": "@a/b", "versions": {"1.0.0": {"dist": {"tarball": "https://n.example/b-1.0.0.tgz"}}}});
        let out = rewrite(
            Kind::Npm,
            "application/vnd.npm.install-v1+json",
            &page.to_string(),
        );
        assert!(
            out.contains("http://berth/registry/file/") && out.contains("/b-1.0.0.tgz\""),
            "{out}"
        );
    }

    #[test]
    fn broken_pages_are_survived() {
        for page in [
            "<a href=",
            "<a href=\"",
            "<a href=x>",
            "href='\"",
            "<a href=\"https://[bad\">",
        ] {
            assert_eq!(rewrite(Kind::Pypi, "text/html", page), page);
        }
    }
}
