//! The key with which a gateway signs the links that it puts into package indexes. It is kept, for pip and npm keep such links.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use berth_domain::run_token::TokenKey;

const BYTES: usize = 32;

/// Reads the key at `path`, or makes one there that only this account can read. One gateway at a time has the folder.
pub(crate) fn load_or_create(path: &Path) -> anyhow::Result<TokenKey> {
    let read = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return create(path),
        read => read,
    };
    let read = read.with_context(|| format!("the key {}", path.display()))?;
    let bytes = <[u8; BYTES]>::try_from(read);
    let bytes = bytes.map_err(|_| anyhow::anyhow!("{} holds no key", path.display()))?;
    Ok(TokenKey::new(bytes))
}

fn create(path: &Path) -> anyhow::Result<TokenKey> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    // Written beside and moved: a crash leaves no half a key.
    let draft = path.with_extension("draft");
    let made = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&draft, path));
    made.with_context(|| format!("the key {} cannot be made", path.display()))?;
    Ok(TokenKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("links.key");
        let made = load_or_create(&path).unwrap().tag("link", b"x");
        assert_eq!(load_or_create(&path).unwrap().tag("link", b"x"), made);
        std::fs::write(&path, "short").unwrap();
        assert!(load_or_create(&path).is_err());
    }
}
