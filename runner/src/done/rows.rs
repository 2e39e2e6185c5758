//! How many rows a file has. Files come from a container: whatever they hold, counting takes bounded memory and time.

use std::io::{BufRead as _, BufReader, Cursor, Read};

/// Bytes that the sheets of a workbook may unpack to. A page of a spreadsheet of a million rows has about 100 MB.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;
/// Sheets that are looked at.
const MAX_SHEETS: usize = 256;
/// Bytes of a tag's name that are held; those that matter are short.
const MAX_TAG: usize = 64;

/// The file is not what its name says.
#[derive(Debug, thiserror::Error)]
#[error("the file cannot be read as a table")]
pub(super) struct NotATable;

/// Rows below the header of a CSV file or of a workbook's longest sheet; of any other file the lines that are not empty.
pub(super) fn count(name: &str, bytes: &[u8]) -> Result<u64, NotATable> {
    let extension = name.rsplit_once('.').map(|(_, ext)| ext.to_lowercase());
    match extension.as_deref() {
        Some("csv") => csv(bytes),
        Some("xlsx" | "xlsm") => workbook(bytes),
        _ => Ok(lines(bytes)),
    }
}

/// Quoted fields may hold line breaks. Records without any text are no rows.
fn csv(bytes: &[u8]) -> Result<u64, NotATable> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(true)
        .flexible(true)
        .from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader
        .read_byte_record(&mut record)
        .map_err(|_| NotATable)?
    {
        let has_text = |field: &[u8]| !field.trim_ascii().is_empty();
        rows += u64::from(record.iter().any(has_text));
    }
    Ok(rows)
}

fn lines(bytes: &[u8]) -> u64 {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

/// The longest sheet counts: a report often has a cover before its table.
fn workbook(bytes: &[u8]) -> Result<u64, NotATable> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| NotATable)?;
    let sheets: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.into_owned()))
        .filter(|name| is_sheet(name))
        .take(MAX_SHEETS)
        .collect();
    let mut left = MAX_UNPACKED;
    let mut longest: Option<u64> = None;
    for name in sheets {
        let sheet = archive.by_name(&name).map_err(|_| NotATable)?;
        // What a file says of its unpacked size need not be true: the reading itself is bounded.
        let mut limited = sheet.take(left);
        let rows = sheet_rows(&mut limited)?;
        left = limited.limit();
        longest = longest.max(Some(rows));
    }
    longest.map(|rows| rows.saturating_sub(1)).ok_or(NotATable)
}

fn is_sheet(name: &str) -> bool {
    let part = name.strip_prefix("xl/worksheets/");
    part.is_some_and(|part| !part.contains('/') && part.strip_suffix(".xml").is_some())
}

/// Rows with at least one cell that has a value. Only the names of tags are looked at, one byte after the other, so that no
/// piece of a sheet is ever held.
fn sheet_rows(sheet: impl Read) -> Result<u64, NotATable> {
    let mut sheet = BufReader::new(sheet);
    let (mut rows, mut has_value) = (0, false);
    let mut tag: Option<Vec<u8>> = None;
    loop {
        let piece = sheet.fill_buf().map_err(|_| NotATable)?;
        if piece.is_empty() {
            // A sheet whose data does not end is cut, or too large.
            return Err(NotATable);
        }
        for byte in piece {
            let Some(name) = &mut tag else {
                tag = (*byte == b'<').then(Vec::new);
                continue;
            };
            let closes = *byte == b'/' && !name.is_empty();
            if !closes && *byte != b'>' && !byte.is_ascii_whitespace() {
                if name.len() < MAX_TAG {
                    name.push(*byte);
                }
                continue;
            }
            match local(name) {
                (false, b"row") => has_value = false,
                // `v` is a number or a shared text, `t` a text that stands in the cell.
                (false, b"v" | b"t") => has_value |= !closes,
                (true, b"row") => rows += u64::from(has_value),
                (true, b"sheetData" | b"worksheet") => return Ok(rows),
                _ => {}
            }
            tag = None;
        }
        let read = piece.len();
        sheet.consume(read);
    }
}

/// Whether a tag closes, and its name without a prefix.
fn local(tag: &[u8]) -> (bool, &[u8]) {
    let name = tag.strip_prefix(b"/").unwrap_or(tag);
    let prefix = name.iter().position(|byte| *byte == b':');
    (
        name.len() < tag.len(),
        prefix.map_or(name, |at| &name[at + 1..]),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn rows(name: &str, text: &str) -> u64 {
        count(name, text.as_bytes()).expect("a table")
    }

    #[test]
    fn a_line_break_in_quotes_makes_no_row() {
        assert_eq!(
            rows("a.csv", "name,note\r\nA,\"one\ntwo\n\nthree\"\r\nB,\r\n"),
            2
        );
        assert_eq!(rows("A.CSV", "\u{feff}이름;값\n가;1\n,\n\n나;2"), 2);
        assert_eq!(rows("a.csv", "only,a,header\n"), 0);
        assert_eq!(rows("a.csv", ""), 0);
    }

    #[test]
    fn of_other_files_lines_count() {
        assert_eq!(rows("notes.txt", "one\n\n  \ntwo\r\n"), 2);
        assert_eq!(rows("no-extension", ""), 0);
    }

    fn packed(sheets: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in sheets {
            let options = SimpleFileOptions::default();
            archive.start_file(*name, options).expect("an entry");
            archive.write_all(text.as_bytes()).expect("its bytes");
        }
        archive.finish().expect("an archive").into_inner()
    }

    fn sheet(rows: &str) -> String {
        format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
    }

    #[test]
    fn the_longest_sheet_of_a_workbook_counts_without_its_header() {
        let cover = sheet("<row r=\"1\"><c t=\"inlineStr\"><is><t>Report</t></is></c></row>");
        let row = "<row><c r=\"A1\"><v>1</v></c></row>";
        let empty = "<row><c r=\"A2\" s=\"3\"/></row><row/>";
        let table = sheet(&format!("{row}{row}{empty}{row}"));
        let bytes = packed(&[
            ("xl/workbook.xml", "<workbook/>"),
            ("xl/worksheets/sheet1.xml", &cover),
            ("xl/worksheets/sheet2.xml", &table),
        ]);
        assert_eq!(count("a.xlsx", &bytes).expect("a table"), 2);
        let prefixed = "<x:sheetData><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData>";
        let bytes = packed(&[("xl/worksheets/sheet1.xml", prefixed)]);
        assert_eq!(workbook(&bytes).expect("a table"), 0);
        let none = packed(&[(
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData /></worksheet>",
        )]);
        assert_eq!(count("a.xlsx", &none).expect("a table"), 0);
    }

    #[test]
    fn what_is_no_workbook_is_said_to_be_none() {
        assert!(count("a.xlsx", b"PK\x03\x04 nothing").is_err());
        assert!(count("a.xlsx", &packed(&[("readme.txt", "hello")])).is_err());
        let cut = packed(&[("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row>")]);
        assert!(count("a.xlsx", &cut).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for name in ["a.csv", "a.xlsx", "a"] {
                let _ = count(name, &bytes);
            }
        }
    }
}
