//! A profile made from a template, or brought in step with it once more.
//!
//! Applying is a merge: what the template gave last time is the base, what is here is ours, what it gives now is theirs. The
//! same template with the same values changes nothing; a newer one brings what it changed and leaves what somebody edited.

use std::collections::{BTreeMap, BTreeSet};

use profile_store::{
    allow_list,
    merge::{self, Outcome, Sides},
    template::{Files, Host, for_host, from_host},
};

use crate::{failure::Failure, sync::FileConflict};

/// What a template gave, as it is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Applied {
    /// Its name.
    pub(crate) template: String,
    /// What its placeholders were filled with.
    pub(crate) values: BTreeMap<String, String>,
    /// The `.env`'s variables that are no secrets.
    pub(crate) settings: BTreeMap<String, String>,
    /// The files, as they are in git.
    #[serde(with = "super::base64_files")]
    pub(crate) files: Files,
}

/// What is going to change.
#[derive(Debug, Default)]
pub(crate) struct Apply {
    /// Files with their new content, as they stand on this machine.
    pub(crate) writes: Files,
    /// Files that go.
    pub(crate) removed: Vec<String>,
    /// What was decided without asking, a line each.
    pub(crate) notes: Vec<String>,
}

/// Merges a template's files into a profile's.
///
/// # Errors
/// [`Failure::Undecided`] where a person has to decide.
pub(crate) fn apply(
    profile: &str,
    local: &Files,
    before: Option<&Applied>,
    rendered: &Files,
    host: Host<'_>,
) -> Result<Apply, Failure> {
    let broken = |error: profile_store::template::HostError| Failure::failed(format!("{profile}: {error}"));
    let nothing = Files::new();
    let base = before.map_or(&nothing, |before| &before.files);
    let ours = from_host(local, before.map_or(rendered, |before| &before.files), host).map_err(broken)?;
    let mut merged = ours.clone();
    let mut conflicts = Vec::new();
    let mut apply = Apply::default();
    let paths: BTreeSet<&String> = base.keys().chain(rendered.keys()).collect();
    for path in paths {
        let kind = allow_list::classify(path).map_err(|refused| Failure::failed(format!("{path}: {refused}")))?.kind;
        let get = |files: &'_ Files| files.get(path).cloned();
        let (base, here, theirs) = (get(base), get(&ours), get(rendered));
        let sides = Sides { base: base.as_deref(), ours: here.as_deref(), theirs: theirs.as_deref() };
        match merge::merge(kind.into(), sides) {
            Outcome::Merged(result) => {
                apply.notes.extend(result.notes.iter().map(|note| format!("{path}: {}", said(note))));
                match result.content {
                    Some(content) => merged.insert(path.clone(), content),
                    None => merged.remove(path),
                };
            }
            Outcome::Conflicted(found) => conflicts.push(FileConflict { path: path.clone(), conflicts: found }),
        }
    }
    if !conflicts.is_empty() {
        let shown: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        return Err(Failure::Undecided(format!(
            "{profile}: the template and what is here stand against each other; nothing was changed\n{}\nours is here, \
             theirs is the template's. What to do: edit the file here to what theirs says, or give the template another \
             value with --set",
            shown.join("\n")
        )));
    }
    let after = for_host(&merged, host).map_err(broken)?;
    // What nobody changed keeps the bytes that it has here.
    let before = for_host(&ours, host).map_err(broken)?;
    apply.removed = ours.keys().filter(|path| !merged.contains_key(*path)).cloned().collect();
    let is_new =
        |(path, content): &(&String, &Vec<u8>)| before.get(*path) != Some(content) || !local.contains_key(*path);
    apply.writes = after.iter().filter(is_new).map(|(path, content)| (path.clone(), content.clone())).collect();
    apply.writes.retain(|path, content| local.get(path) != Some(content));
    Ok(apply)
}

fn said(note: &merge::Note) -> &'static str {
    match note {
        merge::Note::TheirsLeftOut(_) => "it was edited here and stays; the template's is left out",
        merge::Note::CommentsLeftOut(_) => "comments of the template have no place in it",
        merge::Note::KeptChanged(_) => "the template has it no longer, and it was edited here: it stays",
        merge::Note::ConfigVersion(_) => "the higher _config_version counts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Host<'_> = Host { profile_dir: "/h/profiles/a", serving: true };

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn applied(list: &[(&str, &str)]) -> Applied {
        Applied { files: files(list), ..Applied::default() }
    }

    fn laid_out(list: &[(&str, &str)]) -> Files {
        for_host(&files(list), HOST).unwrap()
    }

    const V1: &[(&str, &str)] = &[("config.yaml", "model: a\n"), ("SOUL.md", "You are.\n"), ("AGENTS.md", "Rules.\n")];

    #[test]
    fn a_new_profile_gets_everything_and_the_same_again_nothing() {
        let first = apply("a", &Files::new(), None, &files(V1), HOST).unwrap();
        assert_eq!(first.writes, laid_out(V1));
        let again = apply("a", &laid_out(V1), Some(&applied(V1)), &files(V1), HOST).unwrap();
        assert!(again.writes.is_empty() && again.removed.is_empty(), "{again:?}");
        let unknown = apply("a", &laid_out(V1), None, &files(V1), HOST).unwrap();
        assert!(unknown.writes.is_empty(), "also where nobody remembers the first time: {unknown:?}");
    }

    #[test]
    fn a_newer_template_brings_what_it_changed_and_leaves_what_was_edited() {
        let v2 = [("config.yaml", "model: b\ntimezone: x\n"), ("SOUL.md", "You are, now.\n")];
        let mut here =
            laid_out(&[("config.yaml", "model: a\nmine: 1\n"), ("SOUL.md", "I am.\n"), ("AGENTS.md", "Rules.\n")]);
        here.insert("skills/own/SKILL.md".to_owned(), b"mine".to_vec());
        let step = apply("a", &here, Some(&applied(V1)), &files(&v2), HOST).unwrap();
        let config = String::from_utf8(step.writes["config.yaml"].clone()).unwrap();
        for kept in ["mine: 1", "timezone:", "b"] {
            assert!(config.contains(kept), "{config}");
        }
        assert!(!step.writes.contains_key("SOUL.md") && !step.writes.contains_key("skills/own/SKILL.md"));
        assert_eq!(step.notes, ["SOUL.md: it was edited here and stays; the template's is left out"]);
        assert_eq!(step.removed, ["AGENTS.md"], "nobody edited what the template has no longer");
    }

    #[test]
    fn the_same_key_changed_on_both_sides_is_a_conflict_and_changes_nothing() {
        let here = laid_out(&[("config.yaml", "model: mine\n"), ("SOUL.md", "You are.\n"), ("AGENTS.md", "Rules.\n")]);
        let v2 = [("config.yaml", "model: b\n"), ("SOUL.md", "You are.\n"), ("AGENTS.md", "Rules.\n")];
        let failure = apply("a", &here, Some(&applied(V1)), &files(&v2), HOST).unwrap_err();
        assert!(matches!(failure, Failure::Undecided(_)) && failure.to_string().contains("model"), "{failure}");
    }
}
