//! The floor under every stored message: what a durable write of a commit's size costs on this disk.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::clock;

/// What the database writes for one accepted message: about 17 pages of its log.
const COMMIT: usize = 17 * 4120;

/// A file of a commit's size, written again and again.
#[derive(Debug)]
pub(crate) struct Disk {
    file: File,
    bytes: Vec<u8>,
}

impl Disk {
    /// A fresh file in `folder`.
    pub(crate) fn open(folder: &Path) -> std::io::Result<Self> {
        let file = File::create(folder.join("commit"))?;
        let disk = Self {
            file,
            bytes: vec![1; COMMIT],
        };
        disk.commit()?;
        Ok(disk)
    }

    /// Writes and waits until it is on the disk; answers how long that took, in milliseconds.
    pub(crate) fn commit(&self) -> std::io::Result<f64> {
        let began = clock::now();
        self.file.write_all_at(&self.bytes, 0)?;
        self.file.sync_data()?;
        Ok(clock::ms(began, clock::now()))
    }
}
