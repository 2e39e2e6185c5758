//! The model API's key, from Secret Manager.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use berth_domain::secret::Secret;
use serde::Deserialize;

use crate::rest::{Rest, RestError};

/// Google's endpoint.
const ENDPOINT: &str = "https://secretmanager.googleapis.com";

/// Secrets that the operator keeps in Secret Manager.
#[derive(Debug, Clone)]
pub struct SecretManager {
    project: String,
    rest: Rest,
}

#[derive(Deserialize)]
struct Accessed {
    payload: Content,
}

#[derive(Deserialize)]
struct Content {
    data: String,
}

impl SecretManager {
    /// Of a project. `emulator` is the URL of a stand-in, which is asked without credentials.
    pub fn new(project: &str, emulator: Option<&str>) -> Result<Self, RestError> {
        Ok(Self {
            project: project.to_owned(),
            rest: Rest::new(ENDPOINT, emulator)?,
        })
    }

    /// The newest version of a secret, without the white space around it (a key that was pasted into a file ends with a line's end);
    /// `None` when there is none.
    pub async fn newest(&self, name: &str) -> StoreResult<Option<Secret>> {
        const OPERATION: &str = "secret_manager.access";
        let path = format!(
            "/v1/projects/{}/secrets/{name}/versions/latest:access",
            self.project
        );
        let answer: Option<Accessed> = self.rest.get(OPERATION, &path, &[]).await?;
        let Some(answer) = answer else {
            return Ok(None);
        };
        let broken = || StoreError::new(StoreErrorKind::Broken, OPERATION, "the secret is no text");
        let bytes = STANDARD
            .decode(&answer.payload.data)
            .map_err(|_| broken())?;
        let text = String::from_utf8(bytes).map_err(|_| broken())?;
        Ok(Some(Secret::new(text.trim())))
    }
}
