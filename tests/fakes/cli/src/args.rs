//! The few options that change what the stand-in does. The others of the real CLI are accepted and ignored.

use anyhow::{Result, bail};

/// The command line, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Args {
    /// Whether the process only prints its version.
    pub(crate) version: bool,
    /// The session to go on with.
    pub(crate) resume: Option<String>,
    /// The id of a new session.
    pub(crate) session_id: Option<String>,
    pub(crate) model: Option<String>,
    /// Whether `stream_event` lines are printed.
    pub(crate) partial: bool,
}

impl Args {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// When they ask for anything but the persistent stream-json mode.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut args = Self::default();
        let (mut input, mut output, mut verbose) = (String::new(), String::new(), false);
        let mut arguments = arguments.flat_map(split);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_default();
            match argument.as_str() {
                "--version" | "-v" => args.version = true,
                "--resume" | "-r" => args.resume = Some(value()),
                "--session-id" => args.session_id = Some(value()),
                "--model" => args.model = Some(value()),
                "--input-format" => input = value(),
                "--output-format" => output = value(),
                "--include-partial-messages" => args.partial = true,
                "--verbose" => verbose = true,
                _ => {}
            }
        }
        if !args.version && (input != "stream-json" || output != "stream-json") {
            bail!("the stand-in speaks stream-json only, both ways");
        }
        if !args.version && !verbose {
            bail!("When using --print, --output-format=stream-json requires --verbose");
        }
        Ok(args)
    }
}

/// `--name=value` is the same as `--name value`.
fn split(argument: String) -> Vec<String> {
    match argument.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
        _ => vec![argument],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODE: &str = "-p --input-format stream-json --output-format=stream-json --verbose";

    fn read(text: &str) -> Result<Args> {
        Args::read(text.split(' ').map(str::to_owned))
    }

    #[test]
    fn what_matters_is_found_among_the_rest() {
        let args = read(&format!(
            "{MODE} --dangerously-skip-permissions --disallowedTools CronCreate --resume=abc --include-partial-messages"
        ))
        .expect("a valid command line");
        assert_eq!(
            args,
            Args {
                resume: Some("abc".into()),
                partial: true,
                ..Args::default()
            }
        );
    }

    #[test]
    fn another_mode_is_refused() {
        assert!(read("-p --output-format json").is_err());
        assert!(read(&MODE.replace(" --verbose", "")).is_err());
        assert!(read("--version").expect("the version").version);
    }
}
