//! Agents to begin with. Their texts are files beside this one: the first line is the name, the second the summary, and after an
//! empty line follows the prompt.

use berth_domain::agent::{AgentSpec, Network, NotifyRules};
use berth_domain::done::Check;
use berth_domain::schedule::{Frequency, ScheduleSpec, Weekday};
use berth_domain::usage::MicroUsd;

use crate::language::Language;

/// An agent to begin with.
#[derive(Debug)]
pub(crate) struct Template {
    /// Stable word.
    pub(crate) id: &'static str,
    /// Name of an icon of the Lucide set.
    pub(crate) icon: &'static str,
    english: &'static str,
    korean: &'static str,
    time_limit_seconds: u32,
    /// What a run may cost at most, in micro-USD. What it usually costs nobody knows before its first run: this is what is promised.
    cost_limit_micro_usd: u64,
    done: &'static [Done],
    when: When,
    /// Whether it reads pages that nobody can list before.
    open: bool,
    /// Whether its owner wants to hear of every success: where the result is what they wait for.
    tells: bool,
}

#[derive(Debug)]
enum Done {
    New(&'static str),
    Rows(&'static str, u64),
    Size(&'static str, u64),
}

#[derive(Debug)]
enum When {
    ByHand,
    Hourly,
    Daily(&'static str),
    Mondays(&'static str),
}

/// The text of a template in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it does, in one sentence.
    pub(crate) summary: &'static str,
    prompt: &'static str,
}

macro_rules! texts {
    ($name:literal) => {
        (
            include_str!(concat!("templates/", $name, ".en.md")),
            include_str!(concat!("templates/", $name, ".ko.md")),
        )
    };
}

/// What a run of a template that reads the web may cost at most; the others read what is there.
const RESEARCH_MICRO_USD: u64 = 5_000_000;

/// All of them, in the order they are shown.
pub(crate) static TEMPLATES: &[Template] = &[
    Template {
        time_limit_seconds: 30 * 60,
        done: &[
            Done::New("market-brief.md"),
            Done::Size("market-brief.md", 500),
        ],
        when: When::Mondays("08:00"),
        open: true,
        tells: true,
        cost_limit_micro_usd: RESEARCH_MICRO_USD,
        ..template("market_brief", "newspaper", texts!("market_brief"))
    },
    Template {
        done: &[Done::New("cleaned.xlsx"), Done::Rows("cleaned.xlsx", 1)],
        ..template(
            "spreadsheet_cleanup",
            "table",
            texts!("spreadsheet_cleanup"),
        )
    },
    Template {
        done: &[Done::New("report.md")],
        when: When::Daily("09:00"),
        open: true,
        cost_limit_micro_usd: RESEARCH_MICRO_USD,
        ..template("competitor_watch", "binoculars", texts!("competitor_watch"))
    },
    Template {
        done: &[Done::New("summary.md"), Done::New("chart.png")],
        ..template("survey_summary", "chart-column", texts!("survey_summary"))
    },
    Template {
        time_limit_seconds: 45 * 60,
        done: &[Done::New("invoices.xlsx"), Done::Rows("invoices.xlsx", 1)],
        when: When::Mondays("07:00"),
        ..template("invoice_table", "receipt", texts!("invoice_table"))
    },
    Template {
        time_limit_seconds: 10 * 60,
        done: &[Done::New("checks.csv"), Done::Rows("checks.csv", 1)],
        when: When::Hourly,
        open: true,
        ..template("site_check", "activity", texts!("site_check"))
    },
];

const fn template(
    id: &'static str,
    icon: &'static str,
    (english, korean): (&'static str, &'static str),
) -> Template {
    Template {
        id,
        icon,
        english,
        korean,
        time_limit_seconds: 20 * 60,
        cost_limit_micro_usd: 3_000_000,
        done: &[],
        when: When::ByHand,
        open: false,
        tells: false,
    }
}

impl Template {
    /// Its text.
    pub(crate) fn text(&self, language: Language) -> Text {
        let text = match language {
            Language::English => self.english,
            Language::Korean => self.korean,
        };
        let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (summary, prompt) = rest.split_once('\n').unwrap_or((rest, ""));
        Text {
            name,
            summary,
            prompt: prompt.trim(),
        }
    }

    /// The agent.
    pub(crate) fn spec(&self, language: Language) -> AgentSpec {
        let text = self.text(language);
        let check = |done: &Done| match *done {
            Done::New(path) => Check::NewerThanStart {
                path: path.to_owned(),
            },
            Done::Rows(path, rows) => Check::MinRows {
                path: path.to_owned(),
                rows,
            },
            Done::Size(path, bytes) => Check::MinSize {
                path: path.to_owned(),
                bytes,
            },
        };
        AgentSpec {
            name: text.name.to_owned(),
            prompt: text.prompt.to_owned(),
            model: None,
            time_limit_seconds: self.time_limit_seconds,
            cost_limit_micro_usd: Some(MicroUsd(self.cost_limit_micro_usd)),
            network: if self.open {
                Network::Open
            } else {
                Network::Packages
            },
            done: self.done.iter().map(check).collect(),
            notify: NotifyRules {
                success: self.tells,
                ..NotifyRules::default()
            },
        }
    }

    /// The schedule that suits it.
    pub(crate) fn schedule(&self, time_zone: &str) -> Option<ScheduleSpec> {
        let (frequency, time, weekdays) = match self.when {
            When::ByHand => return None,
            When::Hourly => (Frequency::Hourly, "00:00", Vec::new()),
            When::Daily(time) => (Frequency::Daily, time, Vec::new()),
            When::Mondays(time) => (Frequency::Weekly, time, vec![Weekday::Mon]),
        };
        let mut spec = ScheduleSpec::new(frequency, time_zone);
        spec.time = Some(time.to_owned());
        spec.weekdays = weekdays;
        Some(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_saved_in_every_language() {
        assert!(TEMPLATES.len() >= 6);
        for template in TEMPLATES {
            for language in [Language::English, Language::Korean] {
                let text = template.text(language);
                assert!(
                    !text.summary.is_empty() && text.prompt.len() > 300,
                    "{}",
                    template.id
                );
                let spec = template.spec(language);
                assert!(
                    spec.errors().is_empty(),
                    "{}: {:?}",
                    template.id,
                    spec.errors()
                );
                assert!(!spec.done.is_empty());
            }
            if let Some(schedule) = template.schedule("Asia/Seoul") {
                assert!(schedule.validate().is_ok(), "{}", template.id);
            }
        }
    }

    #[test]
    fn what_is_checked_is_what_the_prompt_asks_for() {
        for template in TEMPLATES {
            for language in [Language::English, Language::Korean] {
                let spec = template.spec(language);
                for path in spec.done.iter().filter_map(Check::path) {
                    assert!(spec.prompt.contains(path), "{} {path}", template.id);
                }
            }
        }
    }
}
