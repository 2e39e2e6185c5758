//! Requests on `supervisor.sock`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use berth_supervisor_protocol::error::ErrorCode;
use berth_supervisor_protocol::node::Health;
use berth_supervisor_protocol::process::{ProcessId, ProcessList, SignalRequest};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use serde::de::DeserializeOwned;

use crate::answer::{Answer, Refusal, done, json};
use crate::control;
use crate::process::{self, Process, Table};
use crate::query::Query;
use crate::ring::Outside;
use crate::stats;

/// A process's arguments and environment; the kernel takes about 2 MiB.
const MAX_SPEC: usize = 4 * 1024 * 1024;
/// One write on stdin.
const MAX_STDIN: usize = 32 * 1024 * 1024;
/// Where the kernel shows a container its control group.
const CGROUP: &str = "/sys/fs/cgroup";

/// What requests act on.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) table: Arc<Table>,
    pub(crate) health: Health,
}

/// Answers one request.
pub(crate) async fn handle(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (request.method(), segments.as_slice()) {
        (&Method::GET, ["v1", "health"]) => Ok(json(StatusCode::OK, &state.health)),
        (&Method::GET, ["v1", "stats"]) => {
            Ok(json(StatusCode::OK, &stats::read(Path::new(CGROUP))))
        }
        (&Method::GET, ["v1", "processes"]) => Ok(list(&state.table)),
        (&Method::POST, ["v1", "processes"]) => start(&state.table, request).await,
        (&Method::DELETE, ["v1", "processes", id]) => {
            state.table.remove(&parse_id(id)?).await?;
            Ok(done())
        }
        (&Method::DELETE, ["v1", "users", uid]) => {
            let uid = uid
                .parse()
                .map_err(|_| Refusal::new(ErrorCode::Invalid, "a user is a number"))?;
            state.table.end_user(uid).await?;
            Ok(done())
        }
        (method, ["v1", "processes", id, rest @ ..]) => {
            let process = state.table.get(&parse_id(id)?)?;
            match (method, rest) {
                (&Method::GET, []) => show(&process),
                (&Method::GET, ["wait"]) => wait(&process).await,
                (&Method::GET, ["stdout"]) => stdout(&process, &request),
                (&Method::POST, ["ack"]) => acknowledge(&process, &request),
                (&Method::POST, ["stdin"]) => stdin(&process, request).await,
                (&Method::POST, ["stdin", "close"]) => {
                    process.input.close();
                    Ok(done())
                }
                (&Method::POST, ["signal"]) => signal(&process, request).await,
                _ => Err(no_route()),
            }
        }
        _ => Err(no_route()),
    }
}

fn list(table: &Table) -> Answer {
    let processes = table
        .all()
        .iter()
        .filter_map(|process| process.snapshot())
        .collect();
    json(StatusCode::OK, &ProcessList { processes })
}

async fn start(table: &Table, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let follow = Query::of(request.uri()).number("follow")? == Some(1);
    let (created, process) = table.start(read_json(request, MAX_SPEC).await?).await?;
    if !created {
        return Ok(json(StatusCode::OK, &process));
    }
    if !follow {
        return Ok(json(StatusCode::CREATED, &process));
    }
    let output = table.get(&process.id)?.output.subscribe();
    let process = stream::once(async move { Ok(control::line(&process)?.into()) });
    let mut answer = bytes(process.chain(process::follow(output, 0)));
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

fn show(process: &Process) -> Result<Answer, Refusal> {
    let snapshot = process
        .snapshot()
        .ok_or_else(|| Refusal::new(ErrorCode::NotFound, "not started"))?;
    Ok(json(StatusCode::OK, &snapshot))
}

async fn wait(process: &Process) -> Result<Answer, Refusal> {
    let mut status = process.status.subscribe();
    // The sender lives in the process we hold.
    let _ = status.wait_for(|status| !status.main.is_live()).await;
    show(process)
}

fn stdout(process: &Process, request: &Request<Incoming>) -> Result<Answer, Refusal> {
    let from = Query::of(request.uri()).number("from")?.unwrap_or(0);
    let output = process.output.subscribe();
    output.borrow().ring.check(from).map_err(outside)?;
    Ok(bytes(process::follow(output, from)))
}

/// An answer that is sent as it comes.
fn bytes(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Answer {
    let mut answer = Response::new(StreamBody::new(stream.map_ok(Frame::data)).boxed_unsync());
    let kind = HeaderValue::from_static("application/octet-stream");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

fn acknowledge(process: &Process, request: &Request<Incoming>) -> Result<Answer, Refusal> {
    let to = Query::of(request.uri()).number("stdout")?;
    let to = to.ok_or_else(|| Refusal::new(ErrorCode::Invalid, "stdout is missing"))?;
    let mut result = Ok(());
    process
        .output
        .send_modify(|output| result = output.ring.acknowledge(to));
    result.map_err(outside)?;
    Ok(done())
}

async fn stdin(process: &Process, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let key = Query::of(request.uri()).need("key")?;
    process::check_key(&key)?;
    // Whole before anything is written: a client that dies while sending has sent nothing.
    let body = read(request, MAX_STDIN).await?;
    Ok(json(StatusCode::OK, &process.write(key, body)?))
}

async fn signal(process: &Process, request: Request<Incoming>) -> Result<Answer, Refusal> {
    let request: SignalRequest = read_json(request, 1024).await?;
    process.signal(request).await?;
    Ok(done())
}

async fn read_json<T: DeserializeOwned>(
    request: Request<Incoming>,
    limit: usize,
) -> Result<T, Refusal> {
    let body = read(request, limit).await?;
    serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(ErrorCode::Invalid, error.to_string()))
}

async fn read(request: Request<Incoming>, limit: usize) -> Result<Bytes, Refusal> {
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::new(
            ErrorCode::TooLarge,
            format!("more than {limit} bytes"),
        )),
        Err(error) => Err(Refusal::new(ErrorCode::Invalid, error.to_string())),
    }
}

fn outside(outside: Outside) -> Refusal {
    match outside {
        Outside::Before(first) => {
            Refusal::new(ErrorCode::Gone, format!("the oldest byte kept is {first}"))
        }
        Outside::Beyond(next) => Refusal::new(ErrorCode::Range, format!("the next byte is {next}")),
    }
}

fn parse_id(id: &str) -> Result<ProcessId, Refusal> {
    ProcessId::new(id).map_err(|error| Refusal::new(ErrorCode::Invalid, error.to_string()))
}

fn no_route() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "no such resource")
}
