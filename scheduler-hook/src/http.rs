//! What Cloud Scheduler calls: `POST /tick` every minute, and `POST /fire/{schedule_id}` at a schedule's own times.
//!
//! Both do what the ledger lets them do, so that calls too many, too late or twice change nothing. Who calls is checked here
//! and not only by the platform in front: a token that Google signed, for exactly this service and of exactly one service account.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use berth_domain::ids::ScheduleId;
use berth_domain::ports::StoreResult;
use berth_oidc::{Expected, Refused, Verifier, VerifyError};

use crate::{Deps, Report, fire_schedule, tick};

/// Who may call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose signatures are believed.
    pub verifier: Verifier,
    /// The audience that tokens must be for, exactly: this service's own address.
    pub audience: String,
    /// The service account that tokens must be of, exactly.
    pub service_account: String,
}

#[derive(Debug)]
struct Hook {
    deps: Deps,
    caller: Caller,
}

/// The service.
pub fn router(deps: Deps, caller: Caller) -> Router {
    let hook = Arc::new(Hook { deps, caller });
    Router::new()
        .route("/tick", post(on_tick))
        .route("/fire/{schedule_id}", post(on_fire))
        .layer(middleware::from_fn_with_state(
            hook.clone(),
            only_the_caller,
        ))
        .with_state(hook)
}

/// Lets nobody through but the caller; it stands before the routes, so that to others no path exists.
async fn only_the_caller(State(hook): State<Arc<Hook>>, request: Request, next: Next) -> Response {
    match hook.verify(request.headers()).await {
        Ok(()) => next.run(request).await,
        Err(status) => status.into_response(),
    }
}

impl Hook {
    async fn verify(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let mut all = headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (all.next(), all.next()) else {
            return Err(StatusCode::UNAUTHORIZED);
        };
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Bearer "))
            .ok_or(StatusCode::UNAUTHORIZED)?;
        let caller = &self.caller;
        let expected = Expected::service_account(&caller.audience, &caller.service_account);
        let verified = caller
            .verifier
            .verify(token, &expected, self.deps.clock.now())
            .await;
        verified.map(drop).map_err(|error| {
            tracing::warn!(%error, "a call of the hook was refused");
            match error {
                VerifyError::Refused(Refused::Account) => StatusCode::FORBIDDEN,
                VerifyError::Refused(_) => StatusCode::UNAUTHORIZED,
                VerifyError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            }
        })
    }
}

async fn on_tick(State(hook): State<Arc<Hook>>) -> Response {
    answer(tick(&hook.deps, hook.deps.clock.now()).await)
}

async fn on_fire(State(hook): State<Arc<Hook>>, Path(schedule): Path<String>) -> Response {
    // An id that is none is answered as one that is nobody's: the job that names it goes with the next reconciliation.
    let Ok(id) = schedule.parse::<ScheduleId>() else {
        return Json(Report::default()).into_response();
    };
    answer(fire_schedule(&hook.deps, id, hook.deps.clock.now()).await)
}

/// What could not be done now is for the caller to try again; why is for the log.
fn answer(result: StoreResult<Report>) -> Response {
    match result {
        Ok(report) => Json(report).into_response(),
        Err(error) => {
            tracing::error!(%error, cause = %error.source, "a call of the hook failed");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
