//! From a request to the one part of the gateway that may answer it.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, Response};

use super::{Context, Workspace};
use crate::grants::NotGranted;
use crate::http::{Body, Refusal};
use crate::mcp::{self, Audience};
use crate::model::{self, Endpoint};
use crate::{egress, registry};

pub(super) async fn answer(
    context: &Arc<Context>,
    workspace: &Arc<Workspace>,
    request: Request<Incoming>,
) -> Response<Body> {
    let (route, outcome) = dispatch(context, workspace, request).await;
    let response = outcome.unwrap_or_else(Refusal::into_response);
    let status = response.status().as_u16().to_string();
    metrics::counter!("gateway_requests_total", "route" => route, "status" => status).increment(1);
    response
}

async fn dispatch(
    context: &Arc<Context>,
    workspace: &Arc<Workspace>,
    request: Request<Incoming>,
) -> (&'static str, Result<Response<Body>, Refusal>) {
    if request.method() == Method::CONNECT {
        return ("connect", egress::handle(context, workspace, request).await);
    }
    // The raw target, so that an absolute form (`GET http://host/…`) is not taken for a path.
    let target = request.uri().to_string();
    if let Some(path) = target.strip_prefix("/registry/") {
        let path = path.to_owned();
        return (
            "registry",
            registry::handle(context, workspace, &path, request).await,
        );
    }
    if let Some(audience) = Audience::parse(&target) {
        return (
            "mcp",
            mcp::handle(context, workspace, audience, request).await,
        );
    }
    if target == "/api/hello" {
        return ("hello", Err(Refusal::not_found()));
    }
    let Some(endpoint) = Endpoint::parse(request.method(), &target) else {
        return (
            "other",
            Err(Refusal::forbidden("not reachable from a workspace")),
        );
    };
    let granted = model::bearer(request.headers()).and_then(|token| {
        let granted = context.granted(workspace.user, token);
        granted.map_err(|not| match not {
            NotGranted::Unknown => Refusal::unauthorized(
                "this token opens nothing: it is unknown, or its run has ended",
            ),
            NotGranted::Later => Refusal::later(),
        })
    });
    match granted {
        Ok(granted) => (
            "model",
            model::handle(context, granted, endpoint, request).await,
        ),
        Err(refusal) => ("model", Err(refusal)),
    }
}
