//! When "every Monday at eight" is.

use serde_json::{Value, json};

const DAYS: [(&str, &str, &str); 7] = [
    ("mon", "monday", "월요일"),
    ("tue", "tuesday", "화요일"),
    ("wed", "wednesday", "수요일"),
    ("thu", "thursday", "목요일"),
    ("fri", "friday", "금요일"),
    ("sat", "saturday", "토요일"),
    ("sun", "sunday", "일요일"),
];

const HOURS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

const KOREAN_HOURS: [&str; 12] = [
    "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두",
];

/// A schedule as far as a sentence says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct When {
    frequency: &'static str,
    weekdays: Vec<&'static str>,
    hour: u32,
    minute: u32,
}

impl When {
    /// Reads a sentence in lower case; eight in the morning where it names no time.
    pub(super) fn read(text: &str) -> Self {
        let mut weekdays: Vec<_> = DAYS
            .iter()
            .filter(|(_, english, korean)| text.contains(english) || text.contains(korean))
            .map(|(day, ..)| *day)
            .collect();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let frequency = if says(&["every hour", "매시간"]) {
            "hourly"
        } else if says(&["every month", "매월", "매달"]) {
            "monthly"
        } else if !weekdays.is_empty() || says(&["every week", "매주"]) {
            if weekdays.is_empty() {
                weekdays.push("mon");
            }
            "weekly"
        } else {
            "daily"
        };
        let (hour, minute) = time(text).unwrap_or((8, 0));
        let afternoon = says(&["pm", "p.m.", "afternoon", "evening", "오후", "저녁"]);
        Self {
            frequency,
            weekdays,
            hour: if afternoon && hour < 12 {
                hour + 12
            } else {
                hour
            },
            minute,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let time = format!("{:02}:{:02}", self.hour, self.minute);
        let mut schedule = json!({"frequency": self.frequency, "time": time});
        match self.frequency {
            "weekly" => schedule["weekdays"] = json!(self.weekdays),
            "monthly" => schedule["day_of_month"] = json!(1),
            _ => {}
        }
        schedule
    }
}

/// `at eight`, `at 8:30`, `8시 30분`, `아홉 시`.
fn time(text: &str) -> Option<(u32, u32)> {
    if let Some((before, after)) = text
        .split_once('시')
        .filter(|(before, _)| !before.ends_with('매'))
    {
        let before = before.trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or(before);
        let hour = digits_at_end(word)
            .or_else(|| number(KOREAN_HOURS.iter().rposition(|name| word.ends_with(name))?))?;
        let minute = if after.trim_start().starts_with('반') {
            30
        } else {
            after
                .split_once('분')
                .and_then(|(before, _)| before.trim().parse().ok())
                .unwrap_or(0)
        };
        return valid(hour, minute);
    }
    let (_, after) = text.split_once(" at ")?;
    let word = after
        .split(|c: char| !c.is_alphanumeric() && c != ':')
        .next()?;
    if let Some(at) = HOURS.iter().position(|name| *name == word) {
        return valid(number(at)?, 0);
    }
    let (hour, minute) = word.split_once(':').unwrap_or((word, "0"));
    let hour: String = hour.chars().take_while(char::is_ascii_digit).collect();
    let minute: String = minute.chars().take_while(char::is_ascii_digit).collect();
    valid(hour.parse().ok()?, minute.parse().ok()?)
}

/// The hour at this place in a list of names.
fn number(place: usize) -> Option<u32> {
    u32::try_from(place + 1).ok()
}

fn digits_at_end(word: &str) -> Option<u32> {
    let start = word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    word[start..].parse().ok()
}

fn valid(hour: u32, minute: u32) -> Option<(u32, u32)> {
    (hour < 24 && minute < 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_in_both_languages() {
        for (text, frequency, days, time) in [
            (
                "do this every monday at eight and mail me the table",
                "weekly",
                "mon",
                "08:00",
            ),
            ("every day at 9:30 please", "daily", "", "09:30"),
            ("every friday at 5pm", "weekly", "fri", "17:00"),
            ("every month at 7", "monthly", "", "07:00"),
            ("every week", "weekly", "mon", "08:00"),
            (
                "매주 월요일 8시에 해서 표를 메일로 보내줘",
                "weekly",
                "mon",
                "08:00",
            ),
            ("매일 오후 3시 반에 해줘", "daily", "", "15:30"),
            ("매주 금요일 아침 아홉 시에 해줘", "weekly", "fri", "09:00"),
            ("매주 화요일 열한시 20분에", "weekly", "tue", "11:20"),
            ("매시간 해줘", "hourly", "", "08:00"),
        ] {
            let when = When::read(text).to_json();
            assert_eq!(when["frequency"], frequency, "{text}");
            assert_eq!(when["time"], time, "{text}");
            let first = when["weekdays"][0].as_str().unwrap_or_default();
            assert_eq!(first, days, "{text}");
        }
    }
}
