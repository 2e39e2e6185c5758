//! From an HTTP request to a socket.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderValue};

use super::socket::Connection;
use crate::app::Shared;
use crate::extract::Path;
use crate::language::Language;
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

/// Bytes read at once, and kept by every socket for as long as it lives.
const READ_BUFFER: usize = 2 * 1024;
/// Frames go out at once; nothing is collected.
const WRITE_BUFFER: usize = 0;

/// Opens the socket of the user's own workspace; any other id does not exist.
#[tracing::instrument(name = "api.socket.open", skip_all, fields(user.id))]
pub(crate) async fn open_workspace_socket(
    State(app): State<Shared>,
    session: Session,
    Path(user_id): Path<String>,
    language: std::result::Result<Language, std::convert::Infallible>,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    if !session.is(&user_id) {
        return Err(Code::UserNotFound.into());
    }
    let Ok(upgrade) = upgrade else {
        let headers = [(header::UPGRADE, HeaderValue::from_static("websocket"))];
        return Ok((headers, Problem::from(Code::Upgrade)).into_response());
    };
    let frame_bytes = app.config.limits.frame_bytes;
    let Ok(language) = language;
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_frame_size(frame_bytes)
        .max_message_size(frame_bytes)
        .on_upgrade(move |socket| Connection::run(socket, app, session, language)))
}
