//! The data folder: `berth.db`, `keys/`, `run/` (sockets), `lock`. Nothing of an installation is anywhere else but in the
//! containers and their volumes.

#[cfg(feature = "gcp")]
use std::fs::Permissions;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
#[cfg(feature = "gcp")]
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use berth_domain::run_token::TokenKey;
#[cfg(feature = "embedded")]
use berth_embedded::Store;
use berth_local::SecretKey;
use nix::fcntl::{Flock, FlockArg};

/// An opened data folder.
#[derive(Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
}

/// Held while a server uses the folder: two servers on one database would both believe to be the only runner.
pub(crate) type Lock = Flock<File>;

impl DataDir {
    /// Opens or makes the folder, for its owner only.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        for folder in [root.to_owned(), root.join("keys"), root.join("run")] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        }
        let root = root
            .canonicalize()
            .with_context(|| format!("the folder {} cannot be opened", root.display()))?;
        Ok(Self { root })
    }

    /// The folder.
    #[cfg(feature = "gcp")]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes sure that no other server uses the folder.
    pub(crate) fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.root.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(lock),
            Err((_, nix::errno::Errno::EWOULDBLOCK)) => bail!(
                "another Berth is running on {}: stop it first, or choose another folder with --data",
                self.root.display()
            ),
            Err((_, error)) => Err(error).context("the data folder cannot be locked"),
        }
    }

    /// The database, with the key of its secrets.
    #[cfg(feature = "embedded")]
    pub(crate) fn store(&self) -> anyhow::Result<Store> {
        let key = self.key("secrets.key")?;
        Store::open(&self.root.join("berth.db"), key).context("the database cannot be opened")
    }

    /// What run tokens are derived from.
    pub(crate) fn token_key(&self) -> anyhow::Result<TokenKey> {
        Ok(TokenKey::new(*self.key("tokens.key")?.bytes()))
    }

    fn key(&self, name: &str) -> anyhow::Result<SecretKey> {
        let path = self.root.join("keys").join(name);
        SecretKey::load_or_create(&path)
            .with_context(|| format!("the key {} cannot be read or made", path.display()))
    }

    /// Lets this process's group through to the sockets: the gateway of a runner's machine is another account of that group, and each
    /// workspace's folder says for itself who may do what. Keys stay the owner's.
    #[cfg(feature = "gcp")]
    pub(crate) fn share_sockets(&self) -> anyhow::Result<()> {
        std::fs::set_permissions(self.sockets(), Permissions::from_mode(0o710))
            .context("the folder of sockets cannot be shared with the gateway")
    }

    /// Where the workspaces' sockets are.
    pub(crate) fn sockets(&self) -> PathBuf {
        self.root.join("run")
    }

    /// Where the gateway writes down which model calls are under way.
    #[cfg(feature = "embedded")]
    pub(crate) fn calls(&self) -> PathBuf {
        self.root.join("calls")
    }

    /// Where plain processes keep files in place of volumes.
    pub(crate) fn process_root(&self) -> PathBuf {
        self.root.join("workspaces")
    }
}
