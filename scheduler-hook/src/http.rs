//! What Cloud Scheduler calls: `POST /tick` every minute, and `POST /fire/{schedule_id}` at a schedule's own times.
//!
//! Both do what the ledger lets them do, so that calls too many, too late or twice change nothing. Who calls is checked here
//! and not only by the platform in front: a token that Google signed, for exactly this service and of exactly one service account.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use berth_domain::ids::ScheduleId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::triggers::Triggers;
use berth_oidc::{Expected, Refused, Verifier, VerifyError};
use jiff::{SignedDuration, Timestamp};

use crate::{Deps, Report, fire_schedule, reconcile, tick};

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

/// Calls at the schedules' own times, which are kept in step while ticks come: a service that sleeps between its requests can do
/// it at no other time.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// What is set up.
    pub triggers: Arc<dyn Triggers>,
    /// How many may be ours.
    pub quota: usize,
    /// How often they are compared with the schedules: each look reads every schedule.
    pub every: SignedDuration,
}

#[derive(Debug)]
struct Hook {
    deps: Deps,
    caller: Caller,
    jobs: Option<Jobs>,
    /// When this process looked last. Several that look at once do what one does.
    looked_at: Mutex<Option<Timestamp>>,
}

/// The service.
pub fn router(deps: Deps, caller: Caller, jobs: Option<Jobs>) -> Router {
    let hook = Arc::new(Hook {
        deps,
        caller,
        jobs,
        looked_at: Mutex::default(),
    });
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
    /// Whether it is time for a look, which is then taken.
    fn looks(&self, jobs: &Jobs, now: Timestamp) -> bool {
        let mut looked_at = self
            .looked_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = looked_at.is_none_or(|then| now.duration_since(then).abs() >= jobs.every);
        if due {
            *looked_at = Some(now);
        }
        due
    }

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
    let now = hook.deps.clock.now();
    let ticked = tick(&hook.deps, now).await;
    // What is due comes first; and a tick that did its work has, whatever becomes of the jobs.
    if let Some(jobs) = hook.jobs.as_ref().filter(|jobs| hook.looks(jobs, now)) {
        let schedules = &*hook.deps.schedules;
        if let Err(error) = reconcile(schedules, &*jobs.triggers, jobs.quota).await {
            tracing::error!(%error, cause = %error.source, "the jobs were not compared with the schedules");
        }
    }
    answer(ticked)
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
