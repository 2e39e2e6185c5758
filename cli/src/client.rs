//! What the commands share that talk to a running server, here or elsewhere: the same REST API that the dashboard uses.

mod changes;
mod console;
mod facts;
mod failure;
mod follow;
mod http;
mod lines;
mod resolve;
mod shapes;
mod spec_file;
mod sse;
mod table;
mod words;

use std::process::ExitCode;

pub(crate) use changes::{Changes, ScheduleChange};
pub(crate) use console::{confirm, note, print};
pub(crate) use facts::Facts;
pub(crate) use failure::{Failure, LEFT, UNPROVED};
pub(crate) use follow::{End, follow};
pub(crate) use http::Client;
pub(crate) use lines::{Lines, checked};
pub(crate) use resolve::{agent, agent_named};
pub(crate) use shapes::{
    Accepted, Agent, EventPage, EventRecord, Items, Preview, Run, Usage, UsageSummary,
};
pub(crate) use spec_file::{Wanted, WantedSchedule};
pub(crate) use table::{Align, Table, printable};
pub(crate) use words::{
    check, duration, local, local_with_zone, money, network, paused, reason, schedule, state,
};

/// Runs a command to its end and says what went wrong, if something did.
pub(crate) fn block_on(command: impl Future<Output = Result<ExitCode, Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => Err(Failure::Input(format!(
            "the runtime cannot be started: {error}"
        ))),
    };
    outcome.unwrap_or_else(|failure| {
        failure.tell();
        failure.exit_code()
    })
}
