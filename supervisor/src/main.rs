//! The multi-call binary; see the library.

use std::process::ExitCode;

use berth_supervisor::args::{self, Command};
use berth_supervisor::{files, nursery, supervisor};

fn main() -> ExitCode {
    let command = match args::parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => return fail("arguments", &error),
    };
    match command {
        Command::Supervise(config) => match supervisor::run(config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail("supervisor", &error),
        },
        Command::Nursery { socket } => nursery::run(socket),
        Command::Files(config) => match files::run(&config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail("files", &error),
        },
    }
}

#[expect(
    clippy::print_stderr,
    reason = "PID 1 has nothing but stderr to say why it cannot start"
)]
fn fail(part: &str, error: &dyn std::error::Error) -> ExitCode {
    eprintln!("berth-supervisor: {part}: {error}");
    ExitCode::FAILURE
}
