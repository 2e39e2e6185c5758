//! Words and figures for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::printable;
use super::shapes::{Check, Network, Schedule};

/// Where a run stands; the dashboard's words.
pub(crate) fn state(state: &str, reason: Option<&str>, proved: Option<bool>) -> String {
    match (state, reason, proved) {
        ("succeeded", _, Some(false)) => "Done, unproved",
        ("succeeded", ..) => "Done",
        (_, Some("needs_you"), _) => "Needs you",
        ("queued", ..) => "Waiting",
        ("running", ..) => "Running",
        ("failed", ..) => "Failed",
        ("cancelled", ..) => "Cancelled",
        ("timed_out", ..) => "Timed out",
        ("budget_stopped", ..) => "Stopped at budget",
        ("interrupted", ..) => "Interrupted",
        (other, ..) => return printable(other),
    }
    .to_owned()
}

/// Why a run ended as it did; nothing where the state says it all.
pub(crate) fn reason(word: &str) -> Option<String> {
    let text = match word {
        "completed" | "time_limit" | "budget" => return None,
        "stopped_by_user" => "somebody stopped it",
        "replaced_by_next" => "the next scheduled run took its place",
        "model_error" => "the model failed, also when asked again",
        "model_key_missing" => "no model key is set",
        "model_key_refused" => "the model key was refused",
        "rate_limited" => "the model's rate limit lasted too long",
        "context_too_long" => "the conversation is too long for the model",
        "turn_limit" => "it took too many steps",
        "out_of_memory" => "the workspace ran out of memory",
        "disk_full" => "the workspace's disk is full",
        "claude_died" => "Claude Code ended without a result",
        "claude_garbled" => "Claude Code answered something unreadable",
        "output_limit" => "it wrote more than is kept",
        "image_missing" => "the workspace image is missing",
        "engine_down" => "the container engine does not answer",
        "workspace_failed" => "the workspace could not be started",
        "workspace_lost" => "the workspace stopped in the middle of the work",
        "runner_lost" => "the service was restarted and could not go on with it",
        "needs_you" => "only you can answer its question",
        "internal" => "an error on the server's side",
        other => return Some(printable(other)),
    };
    Some(text.to_owned())
}

/// Why a schedule does not fire.
pub(crate) fn paused(word: &str) -> String {
    match word {
        "user" => "paused".to_owned(),
        "failures" => "paused itself after failures".to_owned(),
        "cannot_compute" => "paused itself: its next time cannot be computed".to_owned(),
        other => format!("paused ({})", printable(other)),
    }
}

/// When an agent runs by itself, in a sentence.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    let time = schedule.time.as_deref().unwrap_or("00:00");
    let text = match schedule.frequency.as_str() {
        "hourly" => {
            let minute = time.split_once(':').map_or("00", |(_, minute)| minute);
            format!("every hour at minute {minute}")
        }
        "daily" => format!("every day at {time}"),
        "weekly" => format!("every {} at {time}", days(&schedule.weekdays)),
        "monthly" => format!(
            "every month on day {} at {time}",
            schedule.day_of_month.unwrap_or(1)
        ),
        "cron" => format!("cron {}", schedule.cron.as_deref().unwrap_or_default()),
        other => other.to_owned(),
    };
    printable(&format!("{text}, {}", schedule.time_zone))
}

fn days(words: &[String]) -> String {
    let names = words.iter().map(|word| match word.as_str() {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        other => other,
    });
    names.collect::<Vec<_>>().join(", ")
}

/// What an agent's runs may reach.
pub(crate) fn network(network: &Network) -> String {
    match network.mode.as_str() {
        "packages" => "package registries only".to_owned(),
        "hosts" if network.hosts.is_empty() => "package registries only".to_owned(),
        "hosts" => format!("package registries and {}", network.hosts.join(", ")),
        "open" => "every public host".to_owned(),
        other => printable(other),
    }
}

/// A check of a definition of done, in a sentence.
pub(crate) fn check(check: &Check) -> String {
    let path = check.path.as_deref().unwrap_or("the result");
    let text = check.text.as_deref().unwrap_or_default();
    let sentence = match check.kind.as_str() {
        "file_exists" => format!("{path} exists"),
        "newer_than_start" => format!("{path} was written in the run"),
        "min_rows" => format!("{path} has rows: at least {}", check.rows.unwrap_or(1)),
        "min_size" => format!("{path} has at least {} bytes", check.bytes.unwrap_or(1)),
        "contains" => format!("{path} contains “{text}”"),
        other => format!("{other} {path}"),
    };
    printable(&sentence)
}

/// A time where the person is.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// The same with the zone's name.
pub(crate) fn local_with_zone(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M %Z")
        .to_string()
}

/// US dollars: cents, and for less than one of them as many digits as it takes.
pub(crate) fn money(dollars: f64) -> String {
    if dollars == 0.0 {
        "$0".to_owned()
    } else if dollars < 0.01 {
        format!("${dollars:.4}")
    } else {
        format!("${dollars:.2}")
    }
}

/// Milliseconds.
pub(crate) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_a_word() {
        assert_eq!(state("succeeded", Some("completed"), None), "Done");
        assert_eq!(
            state("succeeded", Some("completed"), Some(false)),
            "Done, unproved"
        );
        assert_eq!(state("failed", Some("needs_you"), None), "Needs you");
        assert_eq!(state("brand_new", None, None), "brand_new");
    }

    #[test]
    fn every_state_and_reason_of_the_domain_has_its_words() {
        for known in berth_domain::run::RunState::ALL {
            assert_ne!(state(known.as_str(), None, None), known.as_str());
        }
        for known in berth_domain::run::Reason::ALL {
            assert_ne!(reason(known.as_str()).as_deref(), Some(known.as_str()));
        }
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [0.0, 0.0004, 0.0123, 12.0].map(money),
            ["$0", "$0.0004", "$0.01", "$12.00"]
        );
        assert_eq!(
            [40, 59_999, 61_000, 300_000, 7_260_000].map(duration),
            ["40 ms", "59 s", "1 min 1 s", "5 min", "2 h 1 min"]
        );
    }

    #[test]
    fn times_are_the_readers() {
        let at = "2026-11-22T23:00:00Z".parse().unwrap();
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        assert_eq!(local(at, &seoul), "2026-11-23 08:00");
        assert_eq!(local_with_zone(at, &seoul), "2026-11-23 08:00 KST");
    }

    #[test]
    fn a_schedule_is_a_sentence() {
        let weekly = r#"{"frequency":"weekly","time":"08:00","weekdays":["mon","fri"],"time_zone":"Asia/Seoul","paused":false}"#;
        let weekly: Schedule = serde_json::from_str(weekly).unwrap();
        assert_eq!(
            schedule(&weekly),
            "every Monday, Friday at 08:00, Asia/Seoul"
        );
    }
}
