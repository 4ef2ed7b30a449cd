//! What commands show on a terminal: tables, and texts of others that must not command it.

use comfy_table::{ContentArrangement, Table, presets};

/// A table with a heading row, as wide as the terminal; its cells are [`printable`].
pub fn table<const N: usize>(heading: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(heading);
    for row in rows {
        table.add_row(row.map(|cell| printable(&cell)));
    }
    table.to_string()
}

/// A text without what a terminal would obey: control characters but line breaks and tabs, and the marks that turn the
/// direction of writing, which make a text look like another.
pub fn printable(text: &str) -> String {
    let clean = |letter: char| match letter {
        '\n' | '\t' => letter,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_taken_out_and_lines_stay() {
        assert_eq!(printable("贵州\t茅台\nok"), "贵州\t茅台\nok");
        assert_eq!(printable("a\u{1b}[31m\r\u{202e}b\u{2066}"), "a\u{fffd}[31m\u{fffd}\u{fffd}b\u{fffd}");
    }
}
