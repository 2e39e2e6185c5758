//! What was measured: a table for people, `results.json` for machines.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

/// A figure that has a bar. Smaller is better for all of them.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    bar: f64,
    holds: bool,
    rounds: usize,
}

/// A figure that explains others and has no bar.
#[derive(Debug, Serialize)]
struct Background {
    name: String,
    value: f64,
    unit: &'static str,
    rounds: usize,
}

/// Everything that was measured, in order.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    background: Vec<Background>,
}

impl Report {
    /// A figure with its bar, the most it may be.
    pub(crate) fn figure(
        &mut self,
        name: &str,
        value: f64,
        unit: &'static str,
        bar: f64,
        rounds: usize,
    ) {
        let figure = Figure {
            name: name.to_owned(),
            value: rounded(value),
            unit,
            bar,
            // Not a number holds nothing.
            holds: value <= bar,
            rounds,
        };
        eprintln!("    {name}: {:.2} {unit}, bar {bar}", figure.value);
        self.figures.push(figure);
    }

    /// A figure beside them.
    pub(crate) fn background(&mut self, name: &str, value: f64, unit: &'static str, rounds: usize) {
        self.background.push(Background {
            name: name.to_owned(),
            value: rounded(value),
            unit,
            rounds,
        });
    }

    /// The table.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let rule = "-".repeat(108);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<66} {:>10} {:<6} {:>8} {:<6} {:>6}",
            "figure", "value", "unit", "bar", "holds", "rounds"
        );
        let _ = writeln!(text, "{rule}");
        for figure in &self.figures {
            let holds = if figure.holds { "yes" } else { "NO" };
            let _ = writeln!(
                text,
                "{:<66} {:>10.2} {:<6} {:>8} {holds:<6} {:>6}",
                figure.name, figure.value, figure.unit, figure.bar, figure.rounds
            );
        }
        let _ = writeln!(text, "{rule}\nbehind them, without bars:");
        for figure in &self.background {
            let _ = writeln!(
                text,
                "{:<66} {:>10.2} {:<6} {:>22}",
                figure.name, figure.value, figure.unit, figure.rounds
            );
        }
        text
    }

    /// Writes `results.json`, the figures with bars, and `background.json`, the others.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder).context("the folder of results cannot be made")?;
        let write = |name: &str, json: String| {
            std::fs::write(folder.join(name), json + "\n")
                .with_context(|| format!("{name} cannot be written"))
        };
        write("results.json", serde_json::to_string_pretty(&self.figures)?)?;
        write(
            "background.json",
            serde_json::to_string_pretty(&self.background)?,
        )
    }
}

/// Three decimals are more than any of this is worth.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
