//! What `berth doctor` asks.

use super::{DockerEngine, DockerError, EngineError, EngineErrorKind, error, is_status};

impl DockerEngine {
    /// The engine's version, as it calls itself.
    pub async fn version(&self) -> Result<String, EngineError> {
        let version = self.docker().await?.version().await;
        let version = version.map_err(|error| error::map("version", error))?;
        Ok(version
            .version
            .unwrap_or_else(|| "of unknown version".to_owned()))
    }

    /// Bytes of the workspace image.
    pub async fn image_size(&self) -> Result<i64, EngineError> {
        let image = &self.config.image;
        match self.docker().await?.inspect_image(image).await {
            Ok(found) => Ok(found.size.unwrap_or(0)),
            Err(error) if is_status(&error, 404) => Err(EngineError::new(
                EngineErrorKind::ImageMissing,
                "find image",
                DockerError(error),
            )),
            Err(error) => Err(error::map("find image", error)),
        }
    }
}
