//! A folder, or some of what is in it, as one zip.

use axum::response::Response;
use url::form_urlencoded;

use super::path::WorkspacePath;
use crate::app::App;
use crate::download;
use crate::problem::Result;
use crate::session::Session;
use crate::zip;

/// What the zip of the whole workspace is called.
const ROOT: &str = "workspace";

/// Streams the folder, or the one file, at `path`. Names in `query` (`name=…`, any number) choose of what is in the folder.
pub(super) async fn zip_folder(
    app: &App,
    session: &Session,
    path: &WorkspacePath,
    query: Option<&str>,
) -> Result<Response> {
    let only = chosen(query.unwrap_or_default());
    let entries = zip::walk(app, session.user_id, path.as_str(), &only).await?;
    let body = zip::stream(app, session.user_id, entries).await?;
    let name = match path.name() {
        "" => ROOT,
        name => name,
    };
    download::zip(&format!("{name}.zip"), body)
}

fn chosen(query: &str) -> Vec<String> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == "name")
        .map(|(_, name)| name.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_repeated_and_decoded() {
        let query = "zip&name=a%2Cb.csv&other=1&name=%EB%B3%B4%EA%B3%A0";
        assert_eq!(chosen(query), ["a,b.csv", "보고"]);
        assert!(chosen("zip").is_empty());
    }
}
