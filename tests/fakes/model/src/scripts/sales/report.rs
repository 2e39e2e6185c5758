//! Reads what `sales_report.py` printed and retells it. Every number of the answer comes from there.

use super::super::Language;

/// Longest table in an answer, in months; the whole of it is in `summary.csv`.
const MONTHS_SHOWN: usize = 12;

/// The printed figures, as text: they are quoted, not computed with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report<'a> {
    rows: &'a str,
    period: (&'a str, &'a str),
    total: &'a str,
    best_month: (&'a str, &'a str),
    best_region: Option<(&'a str, &'a str)>,
    best_product: Option<(&'a str, &'a str)>,
    columns: Vec<&'a str>,
    months: Vec<Vec<&'a str>>,
}

impl<'a> Report<'a> {
    /// `None` when the output is not the program's.
    pub(super) fn read(output: &'a str) -> Option<Self> {
        let value = |name: &str| {
            output
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let best = |name: &str| value(name)?.rsplit_once(" = ");
        let mut table = output
            .lines()
            .skip_while(|line| !line.starts_with("month,"))
            .filter(|line| line.contains(','));
        let columns = table.next()?.split(',').skip(1).collect();
        Some(Self {
            rows: value("rows")?,
            period: value("period")?.split_once(" .. ")?,
            total: value("total")?,
            best_month: best("best month")?,
            best_region: best("best region"),
            best_product: best("best product"),
            columns,
            months: table.map(|line| line.split(',').collect()).collect(),
        })
    }

    pub(super) fn to_markdown(&self, language: Language) -> String {
        let mut text = self.findings(language);
        text.push_str("\n\n");
        text.push_str(&self.table(language));
        text.push_str(language.pick(
            "\nThe chart is in `chart.png`, the table in `summary.csv`.\n\n\
             *Written by the demo model; the numbers are what Python printed just now.*",
            "\n차트는 `chart.png`, 표는 `summary.csv`에 저장했어요.\n\n\
             *데모 모델이 쓴 답이고, 숫자는 방금 실행한 Python의 출력이에요.*",
        ));
        text
    }

    fn findings(&self, language: Language) -> String {
        let (from, to) = self.period;
        let rows = self.rows;
        let mut lines = vec![match language {
            Language::English => {
                format!("I analysed {rows} rows of `sales.csv`, from {from} to {to}.\n")
            }
            Language::Korean => format!("`sales.csv` {rows}행({from} ~ {to})을 분석했어요.\n"),
        }];
        lines.push(format!(
            "- {}: **{}**",
            language.pick("Total revenue", "총매출"),
            self.total
        ));
        let best = [
            (
                language.pick("Best month", "매출이 가장 많은 달"),
                Some(self.best_month),
            ),
            (
                language.pick("Best region", "매출이 가장 많은 지역"),
                self.best_region,
            ),
            (
                language.pick("Best product", "매출이 가장 많은 제품"),
                self.best_product,
            ),
        ];
        lines.extend(best.into_iter().filter_map(|(label, best)| {
            let (name, value) = best?;
            Some(format!("- {label}: **{name}** ({value})"))
        }));
        lines.join("\n")
    }

    fn table(&self, language: Language) -> String {
        let hidden = self.months.len().saturating_sub(MONTHS_SHOWN);
        let translated = |column: &&'a str| match *column {
            "Total" => language.pick("Total", "합계").to_owned(),
            column => column.to_owned(),
        };
        let month = language.pick("Month", "월").to_owned();
        let mut lines = vec![
            row([month]
                .into_iter()
                .chain(self.columns.iter().map(translated))),
            format!("|---|{}", "---:|".repeat(self.columns.len())),
        ];
        lines.extend(
            self.months[hidden..]
                .iter()
                .map(|month| row(month.iter().map(|cell| grouped(cell)))),
        );
        if hidden > 0 {
            let note = language.pick(
                "These are the last twelve months.",
                "최근 12개월만 보여 드려요.",
            );
            lines.extend([String::new(), note.to_owned()]);
        }
        lines.join("\n") + "\n"
    }
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// An integer with thousands separators; anything else as it is.
fn grouped(cell: &str) -> String {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return cell.to_owned();
    }
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if cell.starts_with('-') {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
rows: 208
period: 2025-01-02 .. 2025-06-26
total: 158,990,000
best month: 2025-05 = 33,829,600
best region: Seoul = 57,584,600
saved: chart.png, summary.csv
month,Busan,Seoul,Total
2025-01,7850800,10831000,18681800
2025-02,,-5,12
";

    #[test]
    fn retells_what_was_printed() {
        let text = Report::read(OUTPUT)
            .expect("a report")
            .to_markdown(Language::Korean);
        for part in [
            "208행",
            "**158,990,000**",
            "**2025-05** (33,829,600)",
            "| 월 | Busan | Seoul | 합계 |",
            "|---|---:|---:|---:|",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            text.contains("| 2025-01 | 7,850,800 | 10,831,000 | 18,681,800 |"),
            "{text}"
        );
        assert!(text.contains("| 2025-02 |  | -5 | 12 |"), "{text}");
        assert!(!text.contains("제품"), "no product was printed: {text}");
    }

    #[test]
    fn other_output_is_no_report() {
        assert_eq!(
            Report::read("Traceback (most recent call last):\nKeyError: 'date'"),
            None
        );
    }
}
