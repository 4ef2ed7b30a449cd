//! What was done, or would be.

use std::{fmt::Write as _, path::PathBuf};

use profile_store::merge::Note;
use serde_json::{Value, json};

/// What became of one profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Its name.
    pub(crate) profile: String,
    /// Whether nothing of it was carried out.
    pub(crate) dry_run: bool,
    /// The commit that was made.
    pub(crate) commit: Option<String>,
    /// What went into the registry: path and `added`, `changed`, `deleted`.
    pub(crate) pushed: Vec<(String, &'static str)>,
    /// What was written here.
    pub(crate) written: Vec<(String, &'static str)>,
    /// What a merge decided by itself.
    pub(crate) notes: Vec<(String, Note)>,
    /// What lost, and where it is kept.
    pub(crate) lost: Vec<String>,
    /// The folder of what lost.
    pub(crate) lost_folder: Option<PathBuf>,
    /// What is left alone, and why.
    pub(crate) skipped: Vec<(String, String)>,
    /// Anything else.
    pub(crate) remarks: Vec<String>,
}

impl Report {
    /// Of a profile with which there was nothing to do.
    pub(crate) fn remark(profile: impl ToString, remark: impl Into<String>) -> Self {
        Self { profile: profile.to_string(), remarks: vec![remark.into()], ..Self::default() }
    }

    /// `{profile, dry_run, commit, pushed, written, notes, lost, lost_folder, skipped, remarks}`.
    pub(crate) fn to_json(&self) -> Value {
        let paths = |list: &[(String, &'static str)]| -> Vec<Value> {
            list.iter().map(|(path, change)| json!({"path": path, "change": change})).collect()
        };
        let notes = self.notes.iter().map(|(path, note)| json!({"path": path, "note": told(note)}));
        let skipped = self.skipped.iter().map(|(path, why)| json!({"path": path, "why": why}));
        json!({
            "profile": self.profile,
            "dry_run": self.dry_run,
            "commit": self.commit,
            "pushed": paths(&self.pushed),
            "written": paths(&self.written),
            "notes": notes.collect::<Vec<_>>(),
            "lost": self.lost,
            "lost_folder": self.lost_folder,
            "skipped": skipped.collect::<Vec<_>>(),
            "remarks": self.remarks,
        })
    }

    /// The same in words.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        let would = if self.dry_run { "would be " } else { "" };
        let commit = self.commit.as_ref().map(|commit| format!(" as {}", commit.get(..12).unwrap_or(commit)));
        let parts =
            [("committed", &self.pushed, commit.unwrap_or_default()), ("written here", &self.written, String::new())];
        for (what, files, tail) in parts {
            if !files.is_empty() {
                let _ = writeln!(text, "{}: {would}{what}{tail}", self.profile);
                for (path, change) in files {
                    let _ = writeln!(text, "  {change:<8} {path}");
                }
            }
        }
        let mut say = |what: &str| {
            let _ = writeln!(text, "{}: {what}", self.profile);
        };
        for (path, note) in &self.notes {
            say(&format!("{path}: {}", told(note)));
        }
        if let Some(folder) = self.lost_folder.as_ref().filter(|_| !self.lost.is_empty()) {
            say(&format!("what lost is kept in {}: {}", folder.display(), self.lost.join(", ")));
        }
        for (path, why) in &self.skipped {
            say(&format!("{path} is left alone: {why}"));
        }
        for remark in &self.remarks {
            say(remark);
        }
        if self.pushed.is_empty() && self.written.is_empty() && self.remarks.is_empty() {
            say("nothing to do");
        }
        text.trim_end().to_owned()
    }
}

fn told(note: &Note) -> String {
    match note {
        Note::TheirsLeftOut(_) => "both sides changed it: what is here stays, the other text is kept aside".to_owned(),
        Note::CommentsLeftOut(comments) => {
            format!("{} comments of the other side have no place in the merged text", comments.len())
        }
        Note::KeptChanged(_) => "one side deleted what the other changed: it stays".to_owned(),
        Note::ConfigVersion(version) => format!("both sides are at another _config_version: {version} it is"),
    }
}
