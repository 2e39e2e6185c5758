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

    /// The version of runc, the part that shuts containers in; `None` where the engine does not tell, or uses another runtime.
    pub async fn runc_version(&self) -> Result<Option<String>, EngineError> {
        let version = self.docker().await?.version().await;
        let version = version.map_err(|error| error::map("version", error))?;
        let components = version.components.unwrap_or_default();
        Ok(components
            .into_iter()
            .find(|component| component.name == "runc")
            .map(|component| component.version))
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
