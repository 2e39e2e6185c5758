//! Command lines. By hand: the few flags would not pay for a parser in a binary that every container maps.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::RawFd;
use std::path::PathBuf;

/// What the binary is asked to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Supervise(Config),
    Nursery {
        /// The inherited end of its socket.
        socket: RawFd,
    },
    Files(FilesConfig),
}

/// Settings of the supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Folder of the sockets.
    pub sockets: PathBuf,
    /// The user's files.
    pub workspace: PathBuf,
    /// Address inside the container that leads to the gateway.
    pub forward: SocketAddr,
    /// Outside a container: a user whose processes may connect.
    pub trust_uid: Option<u32>,
    /// User and group of the file server; the supervisor's own without.
    pub files_user: Option<(u32, u32)>,
}

/// Settings of the file server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesConfig {
    /// The inherited listening socket.
    pub listen: RawFd,
    pub workspace: PathBuf,
    pub trust_uid: Option<u32>,
    /// The inherited socket of somebody who opens what is closed to us.
    pub opener: Option<RawFd>,
}

/// A command line nobody meant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgsError {
    #[error("unknown argument {0:?}")]
    Unknown(OsString),
    #[error("{0} needs a value")]
    Missing(String),
    #[error("{flag}: {value:?} is not what it takes")]
    Invalid { flag: String, value: OsString },
}

/// Parses everything after the program's name.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, ArgsError> {
    let mut args = args.into_iter().peekable();
    match args.peek().and_then(|first| first.to_str()) {
        Some("nursery") => nursery(Flags(args.skip(1))),
        Some("files") => files(Flags(args.skip(1))),
        _ => supervise(Flags(args)),
    }
}

fn supervise<I: Iterator<Item = OsString>>(mut flags: Flags<I>) -> Result<Command, ArgsError> {
    let mut config = Config {
        sockets: PathBuf::from("/run/berth"),
        workspace: PathBuf::from("/workspace"),
        forward: SocketAddr::from((Ipv4Addr::LOCALHOST, 4080)),
        trust_uid: None,
        // In a container the user is 1000 by agreement with the image; elsewhere everything runs as whoever started it.
        files_user: (std::process::id() == 1).then_some((1000, 1000)),
    };
    while let Some(flag) = flags.next()? {
        match flag.as_str() {
            "--sockets" => config.sockets = flags.value(&flag)?.into(),
            "--workspace" => config.workspace = flags.value(&flag)?.into(),
            "--forward" => config.forward = flags.parsed(&flag, |text| text.parse().ok())?,
            "--trust-uid" => {
                config.trust_uid = Some(flags.parsed(&flag, |text| text.parse().ok())?);
            }
            "--files-user" => config.files_user = Some(flags.parsed(&flag, user)?),
            _ => return Err(ArgsError::Unknown(flag.into())),
        }
    }
    Ok(Command::Supervise(config))
}

fn nursery<I: Iterator<Item = OsString>>(mut flags: Flags<I>) -> Result<Command, ArgsError> {
    let socket = flags.parsed("nursery", |text| text.parse().ok())?;
    Ok(Command::Nursery { socket })
}

fn files<I: Iterator<Item = OsString>>(mut flags: Flags<I>) -> Result<Command, ArgsError> {
    let mut config = FilesConfig {
        listen: -1,
        workspace: PathBuf::new(),
        trust_uid: None,
        opener: None,
    };
    while let Some(flag) = flags.next()? {
        match flag.as_str() {
            "--opener" => config.opener = Some(flags.parsed(&flag, |text| text.parse().ok())?),
            "--listen" => config.listen = flags.parsed(&flag, |text| text.parse().ok())?,
            "--workspace" => config.workspace = flags.value(&flag)?.into(),
            "--trust-uid" => {
                config.trust_uid = Some(flags.parsed(&flag, |text| text.parse().ok())?);
            }
            _ => return Err(ArgsError::Unknown(flag.into())),
        }
    }
    Ok(Command::Files(config))
}

/// `UID:GID`
fn user(text: &str) -> Option<(u32, u32)> {
    let (uid, gid) = text.split_once(':')?;
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

struct Flags<I>(I);

impl<I: Iterator<Item = OsString>> Flags<I> {
    fn next(&mut self) -> Result<Option<String>, ArgsError> {
        self.0
            .next()
            .map(|flag| flag.into_string().map_err(ArgsError::Unknown))
            .transpose()
    }

    fn value(&mut self, flag: &str) -> Result<OsString, ArgsError> {
        self.0
            .next()
            .ok_or_else(|| ArgsError::Missing(flag.to_owned()))
    }

    fn parsed<T>(&mut self, flag: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, ArgsError> {
        let value = self.value(flag)?;
        value
            .to_str()
            .and_then(parse)
            .ok_or_else(|| ArgsError::Invalid {
                flag: flag.to_owned(),
                value,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, ArgsError> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn flags_replace_defaults() {
        let Ok(Command::Supervise(config)) =
            parsed("--sockets /s --forward 127.0.0.1:1 --files-user 7:8")
        else {
            panic!("a supervisor was asked for");
        };
        assert_eq!(config.sockets, PathBuf::from("/s"));
        assert_eq!(config.workspace, PathBuf::from("/workspace"));
        assert_eq!(config.forward.port(), 1);
        assert_eq!(config.files_user, Some((7, 8)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(matches!(parsed("--socket /s"), Err(ArgsError::Unknown(_))));
        assert!(matches!(parsed("--trust-uid"), Err(ArgsError::Missing(_))));
        assert!(matches!(
            parsed("--trust-uid root"),
            Err(ArgsError::Invalid { .. })
        ));
    }
}
