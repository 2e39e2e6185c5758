//! Jobs of Cloud Scheduler, one a schedule, that call the hook.

use async_trait::async_trait;
use berth_domain::ids::ScheduleId;
use berth_domain::ports::triggers::{FoundTrigger, SetUp, Trigger, Triggers};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::error::Error;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::paginator::ItemPaginator as _;
use google_cloud_scheduler_v1::client::CloudScheduler;
use google_cloud_scheduler_v1::model::{HttpMethod, HttpTarget, Job, OidcToken, RetryConfig, job};
use google_cloud_wkt::{Duration, FieldMask};

/// What the names of our jobs begin with; jobs of other names are nobody's business here.
const PREFIX: &str = "berth-fire-";
/// Seconds that a call may take.
const DEADLINE: i64 = 30;
/// Attempts after a call that failed. More would be in vain: the tick of the next minute does it.
const RETRIES: i32 = 1;

/// Where the jobs are, and whom they call as whom.
#[derive(Debug, Clone)]
pub struct SchedulerConfig {
    /// The project's id.
    pub project: String,
    /// The region.
    pub location: String,
    /// The hook's address, without a `/` at its end. Tokens are made for it as audience.
    pub hook: String,
    /// The service account whose token the calls carry.
    pub service_account: String,
    /// A stand-in's URL, which is asked without credentials.
    pub emulator: Option<String>,
}

/// The jobs of one installation.
#[derive(Debug, Clone)]
pub struct SchedulerJobs {
    client: CloudScheduler,
    config: SchedulerConfig,
}

impl SchedulerJobs {
    /// A client of Cloud Scheduler, with the machine's credentials.
    pub async fn open(
        config: SchedulerConfig,
    ) -> Result<Self, google_cloud_gax::client_builder::Error> {
        let mut builder = CloudScheduler::builder();
        if let Some(url) = &config.emulator {
            builder = builder
                .with_endpoint(url)
                .with_credentials(anonymous::Builder::new().build());
        }
        Ok(Self {
            client: builder.build().await?,
            config,
        })
    }

    fn parent(&self) -> String {
        let config = &self.config;
        format!("projects/{}/locations/{}", config.project, config.location)
    }

    fn name(&self, id: ScheduleId) -> String {
        format!("{}/jobs/{PREFIX}{id}", self.parent())
    }

    fn job(&self, trigger: &Trigger) -> Job {
        let hook = &self.config.hook;
        let token = OidcToken::new()
            .set_service_account_email(&self.config.service_account)
            .set_audience(hook);
        let target = HttpTarget::new()
            .set_uri(format!("{hook}/fire/{}", trigger.schedule_id))
            .set_http_method(HttpMethod::Post)
            .set_oidc_token(token);
        Job::new()
            .set_name(self.name(trigger.schedule_id))
            .set_schedule(&trigger.crontab)
            .set_time_zone(&trigger.time_zone)
            .set_attempt_deadline(Duration::clamp(DEADLINE, 0))
            .set_retry_config(RetryConfig::new().set_retry_count(RETRIES))
            .set_http_target(target)
    }

    fn found(&self, job: &Job) -> Option<FoundTrigger> {
        let short = job.name.rsplit('/').next()?;
        let id = short.strip_prefix(PREFIX)?.parse::<ScheduleId>().ok();
        let as_set = id
            .map(|schedule_id| Trigger {
                schedule_id,
                crontab: job.schedule.clone(),
                time_zone: job.time_zone.clone(),
            })
            .filter(|trigger| is_as_set(job, &self.job(trigger)));
        Some(FoundTrigger {
            name: job.name.clone(),
            schedule_id: id,
            as_set,
        })
    }
}

/// Whether a job is on and does what we set it up for. The service fills in fields that we leave to it; those are not looked at.
fn is_as_set(job: &Job, ours: &Job) -> bool {
    let target = |job: &Job| {
        job.http_target().map(|target| {
            let token = target.oidc_token();
            let account = token.map(|token| token.service_account_email.clone());
            let audience = token.map(|token| token.audience.clone());
            (
                target.uri.clone(),
                target.http_method.clone(),
                account,
                audience,
            )
        })
    };
    matches!(job.state, job::State::Enabled)
        && target(job) == target(ours)
        && job.attempt_deadline == ours.attempt_deadline
        && job.retry_config.as_ref().map(|retry| retry.retry_count) == Some(RETRIES)
}

fn code(error: &Error) -> Option<Code> {
    error.status().map(|status| status.code)
}

fn failed(operation: &'static str, error: Error) -> StoreError {
    let kind = match code(&error) {
        Some(
            Code::InvalidArgument
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::FailedPrecondition,
        ) => StoreErrorKind::Broken,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind, operation, error)
}

#[async_trait]
impl Triggers for SchedulerJobs {
    async fn list_triggers(&self) -> StoreResult<Vec<FoundTrigger>> {
        let mut jobs = self.client.list_jobs().set_parent(self.parent()).by_item();
        let mut found = Vec::new();
        while let Some(job) = jobs.next().await {
            let job = job.map_err(|error| failed("triggers.list", error))?;
            found.extend(self.found(&job));
        }
        Ok(found)
    }

    async fn set_trigger(&self, trigger: &Trigger) -> StoreResult<SetUp> {
        const OPERATION: &str = "triggers.set";
        let job = self.job(trigger);
        let create = self.client.create_job().set_parent(self.parent());
        match create.set_job(job.clone()).send().await {
            Ok(_) => return Ok(SetUp::Done),
            Err(error) => match code(&error) {
                Some(Code::AlreadyExists) => {}
                Some(Code::ResourceExhausted) => return Ok(SetUp::OverQuota),
                _ => return Err(failed(OPERATION, error)),
            },
        }
        let mask = [
            "schedule",
            "time_zone",
            "attempt_deadline",
            "retry_config",
            "http_target",
        ];
        let name = job.name.clone();
        let update = self.client.update_job().set_job(job);
        update
            .set_update_mask(FieldMask::default().set_paths(mask))
            .send()
            .await
            .map_err(|error| failed(OPERATION, error))?;
        // Somebody may have paused it.
        match self.client.resume_job().set_name(name).send().await {
            Err(error) if code(&error) != Some(Code::FailedPrecondition) => {
                Err(failed(OPERATION, error))
            }
            _ => Ok(SetUp::Done),
        }
    }

    async fn remove_trigger(&self, name: &str) -> StoreResult<bool> {
        match self.client.delete_job().set_name(name).send().await {
            Ok(()) => Ok(true),
            Err(error) if code(&error) == Some(Code::NotFound) => Ok(false),
            Err(error) => Err(failed("triggers.remove", error)),
        }
    }
}
