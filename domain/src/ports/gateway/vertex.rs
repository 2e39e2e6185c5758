//! Vertex AI as the upstream of model calls: where it is, and who says which service account asks.

use async_trait::async_trait;

use crate::secret::Secret;

/// A project and a region of Google Cloud, both fit to stand in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VertexSettings {
    project: String,
    region: String,
    models: Vec<String>,
}

/// A name that cannot be one of Google Cloud's; it would change the address that it is put into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVertexSettings {
    #[error("not a Google Cloud project: {0:?}")]
    Project(String),
    #[error("not a Google Cloud region: {0:?}")]
    Region(String),
}

impl VertexSettings {
    /// `region` may also be `global` or one of the multi-regions `us` and `eu`. `models` are what workspaces are told there
    /// is: which of Anthropic's models a project may use, Google does not list.
    ///
    /// # Errors
    /// A project or a region with characters that no such name has.
    pub fn new(
        project: impl Into<String>,
        region: impl Into<String>,
        models: Vec<String>,
    ) -> Result<Self, BadVertexSettings> {
        let (project, region) = (project.into(), region.into());
        // Old projects carry their domain: `example.com:project`.
        if !is_name(&project, b"-.:") {
            return Err(BadVertexSettings::Project(project));
        }
        if !is_name(&region, b"-") {
            return Err(BadVertexSettings::Region(region));
        }
        Ok(Self {
            project,
            region,
            models,
        })
    }

    pub fn project(&self) -> &str {
        &self.project
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// Percent on top of the list price. Google takes 10 for calls that stay in a region or a multi-region, if the model is Sonnet
    /// 4.5 or newer; it is counted for all of them, so that a budget may end too early and never too late.
    pub fn surcharge_percent(&self) -> u64 {
        if self.region == "global" { 0 } else { 10 }
    }

    /// The region's own address.
    pub fn origin(&self) -> String {
        match self.region.as_str() {
            "global" => "https://aiplatform.googleapis.com".to_owned(),
            wide @ ("us" | "eu") => format!("https://aiplatform.{wide}.rep.googleapis.com"),
            region => format!("https://{region}-aiplatform.googleapis.com"),
        }
    }
}

fn is_name(text: &str, marks: &[u8]) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || marks.contains(&byte))
}

/// Access tokens of the service account that the process runs as.
#[async_trait]
pub trait AccessTokens: Send + Sync + std::fmt::Debug {
    /// A token that is good for the length of a model call's beginning at least. Asked at each call, so whoever implements
    /// it keeps the token until shortly before it ends.
    async fn access_token(&self) -> Result<Secret, NoAccessToken>;
}

/// No token could be had. Worth another try: the metadata server may be slow to start.
#[derive(Debug, thiserror::Error)]
#[error("no access token of the service account")]
pub struct NoAccessToken(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_region_has_its_address() {
        for (region, origin) in [
            (
                "europe-west1",
                "https://europe-west1-aiplatform.googleapis.com",
            ),
            ("global", "https://aiplatform.googleapis.com"),
            ("us", "https://aiplatform.us.rep.googleapis.com"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ] {
            let settings = VertexSettings::new("berth-1", region, Vec::new()).unwrap();
            assert_eq!(settings.origin(), origin);
            let surcharge = if region == "global" { 0 } else { 10 };
            assert_eq!(settings.surcharge_percent(), surcharge);
        }
        assert!(VertexSettings::new("example.com:berth", "us", Vec::new()).is_ok());
    }

    #[test]
    fn names_that_would_change_the_address_are_refused() {
        for bad in [
            "", "a/b", "a?b", "a#b", "a%2f", "A", "../x", "1a", "a b", "a@b",
        ] {
            let project = VertexSettings::new(bad, "global", Vec::new());
            assert_eq!(project, Err(BadVertexSettings::Project(bad.to_owned())));
            let region = VertexSettings::new("berth", bad, Vec::new());
            assert_eq!(region, Err(BadVertexSettings::Region(bad.to_owned())));
        }
        assert!(VertexSettings::new("berth", "evil.example", Vec::new()).is_err());
    }
}
