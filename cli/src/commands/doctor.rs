//! `berth doctor`: what is there, what is missing, and how to mend it.

use std::process::ExitCode;

use anyhow::Context as _;
use berth_domain::clock::Clock as _;
use berth_domain::ports::secrets::{INSTALLATION, MODEL_KEY, Secrets as _};
use berth_runner::engine::{DockerEngine, EngineErrorKind};
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::config::up::DoctorOptions;
use crate::wiring::clock::SystemClock;
use crate::wiring::data::DataDir;
use crate::wiring::engine;

/// How a check came out.
enum Finding {
    Good(String),
    /// Works, with something to know.
    Note(String, &'static str),
    Bad(String, &'static str),
}

pub(crate) fn run(options: DoctorOptions) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?
        .block_on(doctor(options))
}

async fn doctor(options: DoctorOptions) -> anyhow::Result<ExitCode> {
    let data = DataDir::open(&options.data.data);
    let mut findings = vec![("store", store(&data))];
    if let Ok(data) = &data {
        let docker = engine::docker(&options.engine, data, "doctor".to_owned());
        findings.push(("engine", container_engine(&docker).await));
        findings.push(("runc", runc(&docker).await));
        findings.push(("image", image(&docker, &options.engine.image).await));
        findings.push(("model", model(&options, data).await));
    }
    findings.push(("clock", clock()));
    let mut good = true;
    for (name, finding) in findings {
        match finding {
            Finding::Good(text) => println!("ok    {name:<8} {text}"),
            Finding::Note(text, mend) => println!("note  {name:<8} {text}\n               {mend}"),
            Finding::Bad(text, mend) => {
                good = false;
                println!("bad   {name:<8} {text}\n               {mend}");
            }
        }
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn store(data: &anyhow::Result<DataDir>) -> Finding {
    let opened = match data {
        Ok(data) => data.store().map(|_| ()),
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    };
    match opened {
        Ok(()) => Finding::Good("the data folder can be read and written".to_owned()),
        Err(error) => Finding::Bad(
            format!("{error:#}"),
            "Choose a folder that you may write to with --data, or mend its rights.",
        ),
    }
}

async fn container_engine(docker: &DockerEngine) -> Finding {
    match docker.version().await {
        Ok(version) => Finding::Good(format!("Docker {version} answers")),
        Err(error) => Finding::Bad(
            format!("{error}: {}", error.source),
            "Start Docker (`sudo systemctl start docker`), or run `make build`, which installs and starts one on Debian and Ubuntu. \
             Your user must be in the group `docker`.",
        ),
    }
}

async fn runc(docker: &DockerEngine) -> Finding {
    match docker.runc_version().await {
        Ok(Some(version)) if is_mended(&version) => Finding::Good(format!("runc {version}")),
        Ok(Some(version)) => Finding::Note(
            format!(
                "runc {version} lacks the corrections for CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881"
            ),
            "Fine to try Berth by yourself. Where others use it, install Docker's own current packages.",
        ),
        Ok(None) => {
            Finding::Good("the engine uses no runc, or does not tell its version".to_owned())
        }
        Err(_) => Finding::Note(
            "not known while the engine does not answer".to_owned(),
            "Mend the engine first.",
        ),
    }
}

/// Whether a version of runc has the corrections of November 2025: 1.2.8, 1.3.3, 1.4.0 and what follows them. Distributions
/// mend older numbers too; that cannot be seen from here.
fn is_mended(version: &str) -> bool {
    let mut parts = version
        .split(|separator: char| !separator.is_ascii_digit())
        .map(|part| part.parse().unwrap_or(0_u32));
    let mut next = || parts.next().unwrap_or(0);
    match (next(), next(), next()) {
        (1, 2, patch) => patch >= 8,
        (1, 3, patch) => patch >= 3,
        (major, minor, _) => (major, minor) >= (1, 4),
    }
}

async fn image(docker: &DockerEngine, name: &str) -> Finding {
    match docker.image_size().await {
        Ok(bytes) => Finding::Good(format!("{name}, {} MB", bytes / 1_000_000)),
        Err(error) if error.kind == EngineErrorKind::ImageMissing => Finding::Bad(
            format!("{name} is missing: no workspace can be made"),
            "Build it with `make build`.",
        ),
        Err(error) => Finding::Bad(
            format!("{name} cannot be looked for: {error}"),
            "Mend the engine first.",
        ),
    }
}

async fn model(options: &DoctorOptions, data: &DataDir) -> Finding {
    let stored = match data.store() {
        Ok(store) => store.secret(INSTALLATION, MODEL_KEY).await.ok().flatten(),
        Err(_) => None,
    };
    if options.model.demo {
        Finding::Note(
            "the built-in scripted model answers".to_owned(),
            "Leave --demo out and give a key to talk to Claude.",
        )
    } else if options.model.anthropic_api_key.is_some() || stored.is_some() {
        Finding::Good("a key is set".to_owned())
    } else {
        Finding::Note(
            "no key is set".to_owned(),
            "Set ANTHROPIC_API_KEY, give a key in the settings of the dashboard, or try `berth up --demo`.",
        )
    }
}

/// A clock that stands years in the past makes certificates invalid and schedules meaningless.
fn clock() -> Finding {
    let now = SystemClock.now();
    let built = date(2026, 11, 1)
        .to_zoned(TimeZone::UTC)
        .map(|built| built.timestamp());
    match built {
        Ok(built) if now < built => Finding::Bad(
            format!("the clock says {now}, which is before this program was made"),
            "Set the clock, for example with `timedatectl set-ntp true`.",
        ),
        _ => Finding::Good(format!("{now}")),
    }
}

#[cfg(test)]
mod tests {
    use super::is_mended;

    #[test]
    fn versions_of_runc_are_told_apart() {
        for mended in ["1.2.8", "1.3.3", "1.3.4+ds1", "1.4.0", "2.0.0"] {
            assert!(is_mended(mended), "{mended}");
        }
        for open in ["1.1.5+ds1", "1.2.7", "1.3.2", "", "unknown"] {
            assert!(!is_mended(open), "{open}");
        }
    }
}
