//! The summary as a table for spreadsheets.

use std::fmt::Write;

use super::get::{Grouping, UsageRowView};

/// A byte-order mark makes spreadsheet programs read UTF-8.
const BOM: char = '\u{feff}';

/// One header line, one line a row; lines end as RFC 4180 wants.
pub(super) fn table(by: Grouping, rows: &[UsageRowView]) -> String {
    let mut text = format!(
        "{BOM}{},input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,cost_usd,calls\r\n",
        by.columns()
    );
    for row in rows {
        let keys: Vec<String> = row.keys(by).iter().map(|key| field(key)).collect();
        let key = keys.join(",");
        let usage = &row.usage;
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{key},{},{},{},{},{:.6},{}\r\n",
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.cost_usd,
            usage.calls
        );
    }
    text
}

/// A field, quoted where needed; what a spreadsheet would take for a formula is made text.
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        assert_eq!(field("claude"), "claude");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=1+1"), "'=1+1");
    }
}
