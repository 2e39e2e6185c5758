//! Standard output for answers, standard error for remarks, so that a pipe gets the answers only.

use std::io::{IsTerminal as _, Write as _};

use super::Failure;

/// Writes an answer as it is, and a line end where it has none. A reader that went away (`| head`) ends the command quietly;
/// `println!` would panic.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') || text.is_empty() {
        ""
    } else {
        "\n"
    };
    out.write_all(text.as_bytes())
        .and_then(|()| out.write_all(end.as_bytes()))
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}

/// Asks for a yes. Without a person at the keyboard there is nobody to ask, which is told.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Input(
            "nobody is here to confirm this: add --yes".to_owned(),
        ));
    }
    let mut err = std::io::stderr().lock();
    write!(err, "{question} [y/N] ")
        .and_then(|()| err.flush())
        .map_err(Failure::Output)?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::Input(format!("the answer cannot be read: {error}")))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

/// A remark for the person at the terminal.
#[expect(clippy::print_stderr, reason = "a command line program's remarks")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
