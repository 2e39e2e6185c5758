//! What is wrong with single fields of a form, in each language.

use berth_domain::{agent, schedule};
use serde::Serialize;
use utoipa::ToSchema;

use crate::language::Language;

/// One field that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    path: String,
    code: &'static str,
}

impl Field {
    /// The field at `path`, a JSON pointer without its first slash.
    pub(crate) fn new(path: impl Into<String>, code: &'static str) -> Self {
        Self {
            path: path.into(),
            code,
        }
    }

    /// The same field inside another document.
    #[must_use]
    pub(crate) fn within(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }

    /// How clients see it.
    pub(super) fn view(&self, language: Language) -> FieldView {
        FieldView {
            field: self.path.clone(),
            code: self.code,
            message: message(&self.path, self.code, language),
        }
    }
}

impl From<agent::FieldError> for Field {
    fn from(error: agent::FieldError) -> Self {
        // The domain counts in millionths, clients in dollars.
        let path = error
            .field
            .replace("cost_limit_micro_usd", "cost_limit_usd");
        Self::new(path, error.code)
    }
}

impl From<schedule::FieldError> for Field {
    fn from(error: schedule::FieldError) -> Self {
        Self::new(error.field, error.code)
    }
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldProblem)]
pub(crate) struct FieldView {
    /// Which: a JSON pointer without its first slash, such as `prompt` or `done/0/path`.
    field: String,
    /// Stable word, such as `empty`, `too_long`, `out_of_range`, `malformed` or `schedule.cron_never`.
    code: &'static str,
    /// What to do about it, in the client's language.
    message: String,
}

fn message(path: &str, code: &str, language: Language) -> String {
    // The last part that is a name and not a place in a list.
    let name = path
        .rsplit('/')
        .find(|part| !part.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or_default();
    let found = TEXTS
        .iter()
        .find(|text| text.code == code && (text.name == name || text.name.is_empty()))
        .unwrap_or(&OTHERWISE);
    match language {
        Language::English => found.english,
        Language::Korean => found.korean,
    }
    .to_owned()
}

struct Text {
    /// The field's own name; empty for every field.
    name: &'static str,
    code: &'static str,
    english: &'static str,
    korean: &'static str,
}

const OTHERWISE: Text = text(
    "",
    "",
    "This value cannot be used.",
    "사용할 수 없는 값이에요.",
);

const fn text(
    name: &'static str,
    code: &'static str,
    english: &'static str,
    korean: &'static str,
) -> Text {
    Text {
        name,
        code,
        english,
        korean,
    }
}

/// The special before the general.
#[rustfmt::skip]
const TEXTS: &[Text] = &[
    text("name", "empty", "Give it a name.", "이름을 입력해 주세요."),
    text("expires_in_days", "out_of_range", "Between 1 and 365 days.", "1~365일로 정해 주세요."),
    text("name", "too_long", "A name has at most 80 characters.", "이름은 80자까지 쓸 수 있어요."),
    text("name", "malformed", "A name is one line of plain text.", "이름은 한 줄로 입력해 주세요."),
    text("prompt", "empty", "Say what the agent does.", "에이전트가 할 일을 적어 주세요."),
    text("prompt", "too_long", "The instructions have at most 64 KB of text.", "할 일은 64KB까지 적을 수 있어요."),
    text("prompt", "malformed", "The instructions have a NUL character. Remove it.", "할 일에 NUL 문자가 있어요. 지워 주세요."),
    text("model", "malformed", "Give a model's exact name, or none.", "모델 이름을 정확히 입력하거나 비워 주세요."),
    text("time_limit_seconds", "out_of_range", "Choose between 10 seconds and 6 hours.", "10초에서 6시간 사이로 정해 주세요."),
    text("cost_limit_usd", "out_of_range", "Choose an amount above 0 and at most 10,000, or none.", "0보다 크고 10,000 이하인 금액을 입력하거나 비워 주세요."),
    text("hosts", "too_long", "At most 50 sites can be listed.", "사이트는 50개까지 적을 수 있어요."),
    text("hosts", "malformed", "Write a site such as example.com or *.example.com.", "example.com이나 *.example.com처럼 적어 주세요."),
    text("done", "too_long", "At most 20 checks.", "확인 조건은 20개까지 정할 수 있어요."),
    text("path", "malformed", "Write a file inside the workspace, such as report.csv or charts/*.png.", "report.csv나 charts/*.png처럼 작업 공간 안의 파일을 적어 주세요."),
    text("rows", "out_of_range", "At least 1 row.", "1행 이상이어야 해요."),
    text("bytes", "out_of_range", "At least 1 byte.", "1바이트 이상이어야 해요."),
    text("text", "out_of_range", "Write 1 to 500 characters.", "1~500자로 적어 주세요."),
    text("", "schedule.frequency", "Choose hourly, daily, weekly, monthly or cron.", "매시간, 매일, 매주, 매월, cron 중에서 골라 주세요."),
    text("", "schedule.time", "Give a time of day such as 08:00.", "08:00처럼 시각을 입력해 주세요."),
    text("", "schedule.weekdays", "Choose at least one day, from mon to sun.", "요일을 하나 이상 골라 주세요."),
    text("", "schedule.day_of_month", "Choose a day from 1 to 31.", "1일에서 31일 사이로 골라 주세요."),
    text("", "schedule.cron_never", "This never happens: no date fits it.", "맞는 날짜가 없어서 한 번도 실행되지 않아요."),
    text("", "schedule.cron", "Write five fields such as 0 8 * * 1.", "0 8 * * 1처럼 다섯 칸으로 적어 주세요."),
    text("", "schedule.time_zone", "Choose a time zone such as Asia/Seoul.", "Asia/Seoul처럼 시간대를 골라 주세요."),
    text("", "schedule.catch_up", "Choose skip, latest or all.", "건너뛰기, 최근 한 번, 모두 중에서 골라 주세요."),
    text("", "schedule.catch_up_max", "Choose between 1 and 50 runs.", "1~50회 사이로 정해 주세요."),
    text("", "schedule.overlap", "Choose skip, queue_one or cancel_previous.", "건너뛰기, 하나만 대기, 이전 실행 취소 중에서 골라 주세요."),
    text("", "schedule.jitter_seconds", "Choose between 0 and 3,600 seconds.", "0~3,600초 사이로 정해 주세요."),
    text("count", "out_of_range", "Choose between 1 and 50.", "1~50 사이로 정해 주세요."),
    text("from", "out_of_range", "The start must not be after the end.", "시작은 끝보다 늦을 수 없어요."),
    text("to", "out_of_range", "The end must not be in the future.", "끝은 미래일 수 없어요."),
    text("max", "out_of_range", "Choose between 1 and 100.", "1~100 사이로 정해 주세요."),
    text("email", "malformed", "Write a mail address such as me@example.com.", "me@example.com처럼 메일 주소를 입력해 주세요."),
    text("from", "malformed", "Write the sender's mail address.", "보내는 사람의 메일 주소를 입력해 주세요."),
    text("webhook", "malformed", "Write an address that begins with https://.", "https://로 시작하는 주소를 입력해 주세요."),
    text("webhook_secret", "out_of_range", "Use 16 to 512 visible characters.", "공백 없이 16~512자로 입력해 주세요."),
    text("host", "malformed", "Write the mail server's name.", "메일 서버 이름을 입력해 주세요."),
    text("port", "out_of_range", "Choose between 1 and 65,535.", "1~65,535 사이로 정해 주세요."),
    text("user", "malformed", "Write at most 255 characters on one line.", "한 줄, 255자 이내로 입력해 주세요."),
    text("password", "malformed", "Write 1 to 1,024 characters on one line.", "한 줄, 1~1,024자로 입력해 주세요."),
    text("", "empty", "This is needed.", "꼭 필요한 값이에요."),
];

#[cfg(test)]
mod tests {
    use berth_domain::agent::{AgentSpec, Network};
    use berth_domain::done::Check;
    use berth_domain::usage::MicroUsd;

    use super::*;

    #[test]
    fn every_error_of_an_agent_has_its_own_sentence() {
        let spec = AgentSpec {
            name: "a\nb".to_owned(),
            prompt: String::new(),
            model: Some("no such model".to_owned()),
            time_limit_seconds: 1,
            cost_limit_micro_usd: Some(MicroUsd::ZERO),
            network: Network::Hosts {
                hosts: vec!["not a host".to_owned()],
            },
            done: vec![
                Check::MinRows {
                    path: "/etc/passwd".to_owned(),
                    rows: 0,
                },
                Check::Contains {
                    path: None,
                    text: String::new(),
                },
            ],
            notify: berth_domain::agent::NotifyRules::default(),
        };
        let fields: Vec<Field> = spec.errors().into_iter().map(Field::from).collect();
        assert!(fields.len() >= 8);
        for field in fields {
            for language in [Language::English, Language::Korean] {
                let told = field.view(language).message;
                let vague = message("", "", language);
                assert_ne!(told, vague, "{field:?}");
            }
        }
    }

    #[test]
    fn every_error_of_a_schedule_has_its_own_sentence() {
        for code in [
            "schedule.time",
            "schedule.weekdays",
            "schedule.day_of_month",
            "schedule.cron",
            "schedule.cron_never",
            "schedule.time_zone",
            "schedule.catch_up_max",
            "schedule.jitter_seconds",
        ] {
            let told = message("schedule/time", code, Language::Korean);
            assert_ne!(told, OTHERWISE.korean, "{code}");
        }
    }
}
