//! Tables for people: columns line up whatever script their text is in.

use std::fmt;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns of the terminal that one cell takes at most; what is longer is cut and marked.
const WIDEST: usize = 44;
/// Between two columns.
const GAP: &str = "  ";

/// On which side a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    /// For figures.
    Right,
}

/// Rows under a head.
#[derive(Debug)]
pub(crate) struct Table {
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a head and no rows.
    pub(crate) fn new(head: &[(&str, Align)]) -> Self {
        Self {
            align: head.iter().map(|(_, align)| *align).collect(),
            rows: vec![head.iter().map(|(name, _)| (*name).to_owned()).collect()],
        }
    }

    /// Adds a row, one cell a column.
    pub(crate) fn row<const N: usize>(&mut self, cells: &[String; N]) {
        debug_assert_eq!(N, self.align.len(), "a row has one cell a column");
        self.rows
            .push(cells.iter().map(|cell| clipped(&one_line(cell))).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| cell.width()).max().unwrap_or(0)
        };
        (0..self.align.len()).map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, width), align) in row.iter().zip(&widths).zip(&self.align) {
                // Not `{:width$}`, which counts characters: a Korean one takes two columns.
                let pad = " ".repeat(width.saturating_sub(cell.width()));
                match align {
                    Align::Left => line.extend([cell.as_str(), &pad, GAP]),
                    Align::Right => line.extend([pad.as_str(), cell, GAP]),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Text without what would steer a terminal or turn the reading direction: names and results come from models and web pages.
pub(crate) fn printable(text: &str) -> String {
    let harmless = |c: &char| {
        matches!(c, '\n' | '\t')
            || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    text.chars().filter(harmless).collect()
}

fn one_line(text: &str) -> String {
    printable(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn clipped(text: &str) -> String {
    if text.width() <= WIDEST {
        return text.to_owned();
    }
    let mut width = 0;
    let mut cut = String::new();
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        // One column is left for the mark.
        if width >= WIDEST {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str]) -> String {
        let mut table = Table::new(&[
            ("NAME", Align::Left),
            ("COST", Align::Right),
            ("ID", Align::Left),
        ]);
        for name in names {
            table.row(&[(*name).to_owned(), "$1.50".to_owned(), "1".to_owned()]);
        }
        table.to_string()
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(
            table(&["주간 시장 요약", "Brief", "café", "👍🏽 ok"]),
            "NAME             COST  ID\n\
             주간 시장 요약  $1.50  1\n\
             Brief           $1.50  1\n\
             café            $1.50  1\n\
             👍🏽 ok           $1.50  1\n"
        );
    }

    #[test]
    fn every_row_has_its_columns_at_the_same_place() {
        let text = table(&["가", "ab", "漢字かな", ""]);
        let before = |line: &str| line.find('$').map(|at| line[..at].width());
        let places: Vec<_> = text.lines().skip(1).map(before).collect();
        assert!(
            places.windows(2).all(|pair| pair[0] == pair[1]),
            "{places:?}"
        );
    }

    #[test]
    fn long_cells_are_cut_at_a_whole_character() {
        let cut = clipped(&"가".repeat(40));
        assert_eq!(cut.width(), 43);
        assert!(cut.ends_with("가…"));
        assert_eq!(clipped(&"a".repeat(44)), "a".repeat(44));
    }

    #[test]
    fn text_cannot_steer_the_terminal() {
        assert_eq!(
            printable("\u{1b}[31mred\u{7}\u{9b}2J\u{202e}x\r\n\ty"),
            "[31mred2Jx\n\ty"
        );
        assert_eq!(one_line("a\n  b\tc"), "a b c");
    }
}
