//! What an import did, as a table.

use super::word;
use crate::channels::{Stored, Wanted, fingerprint};

/// One channel of the import.
pub(super) struct Line {
    pub(super) wanted: Wanted,
    /// Why it is switched off.
    pub(super) hint: Option<String>,
    /// What storing did; `None` where it was not compared with anything.
    pub(super) outcome: Result<Option<Stored>, String>,
}

/// The table, the notes, the sum. No keys.
pub(super) fn report(lines: &[Line], notes: &[String], place: &str, dry_run: bool) -> String {
    let heading = ["channel", "dialect", "account", "key", "models", "outcome", "state"].map(str::to_owned);
    let rows = lines.iter().map(|line| {
        let definition = &line.wanted.definition;
        let outcome = match &line.outcome {
            Ok(Some(stored)) => word(*stored).to_owned(),
            Ok(None) => "not compared".to_owned(),
            Err(problem) => format!("not stored: {problem}"),
        };
        [
            line.wanted.name.clone(),
            if definition.dialect.is_empty() { "-".to_owned() } else { definition.dialect.clone() },
            definition.account.clone().unwrap_or_default(),
            line.wanted.key.as_ref().map_or_else(|| "-".to_owned(), |key| fingerprint(key.expose())),
            definition.models.len().to_string(),
            outcome,
            line.hint.as_ref().map_or_else(|| "enabled".to_owned(), |why| format!("disabled: {why}")),
        ]
    });
    let mut told = aligned(std::iter::once(heading).chain(rows).collect());
    for note in notes {
        told.push_str(&format!("note: {note}\n"));
    }
    let enabled = lines.iter().filter(|line| line.hint.is_none()).count();
    let all = lines.len();
    let did = if dry_run { "a dry run, nothing was stored" } else { "stored" };
    let place = if dry_run { String::new() } else { format!(" {place}") };
    told.push_str(&format!("{all} channels, {enabled} of them enabled: {did}{place}"));
    told
}

/// Columns as wide as their widest cell; the last one as it is.
fn aligned<const N: usize>(rows: Vec<[String; N]>) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::Secret;

    use super::*;
    use crate::channels::ChannelDefinition;

    #[test]
    fn the_report_shows_every_channel_and_no_key() {
        let line = |name: &str, hint: Option<&str>, outcome| Line {
            wanted: Wanted {
                name: name.to_owned(),
                definition: ChannelDefinition { dialect: "openai".to_owned(), ..ChannelDefinition::default() },
                key: Some(Secret::new("sk-secret")),
            },
            hint: hint.map(str::to_owned),
            outcome,
        };
        let lines = [
            line("a", None, Ok(Some(Stored::New))),
            line("longer", Some("New-API's channel type 24 is not known here"), Ok(Some(Stored::Same))),
            line("c", None, Err("the disk is full".to_owned())),
        ];
        let told = report(&lines, &["2 tokens".to_owned()], "here", false);
        assert!(!told.contains("sk-secret") && told.contains(&fingerprint("sk-secret")), "{told}");
        for part in ["disabled: New-API's channel type 24", "not stored: the disk is full", "note: 2 tokens"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(told.ends_with("3 channels, 2 of them enabled: stored here"), "{told}");
        let places: Vec<usize> =
            told.lines().take(4).map(|line| line.find("openai").or(line.find("dialect")).unwrap()).collect();
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{told}");
    }
}
