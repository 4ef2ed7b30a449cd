//! A run's folder: plan, staged codes, failures, and whether the writer has taken it all.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use market_model::Code;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    failures::Failures,
    plan::Plan,
    staged::{Counts, Staged},
};

const PLAN: &str = "plan.json";
const FAILURES: &str = "failures.json";
const ASSEMBLED: &str = "assembled.json";
const GAVE_UP: &str = "gave-up.json";
const STAGED: &str = "staged";

/// The folder of one run. Creates nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    /// The folder of the run with this coalescing key, below `runs`.
    pub(crate) fn of(runs: &Path, key: &str) -> Self {
        let name: String = key
            .trim_start_matches("backfill_history@")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' })
            .collect();
        Self(runs.join(name))
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The plan; `None` if the run has not been planned, or what stands there is no plan.
    pub(crate) fn plan(&self) -> Option<Plan> {
        read_json(&self.0.join(PLAN))
    }

    /// Begins a run.
    pub(crate) fn begin(&self, plan: &Plan) -> io::Result<()> {
        fs::create_dir_all(self.0.join(STAGED))?;
        write_json(&self.0.join(PLAN), plan)
    }

    /// Where a code's history is kept.
    pub(super) fn staged(&self, code: &Code) -> PathBuf {
        self.0.join(STAGED).join(format!("{code}.staged"))
    }

    /// The codes of the plan whose files are whole. Reads all of them; files that are not are removed.
    pub(crate) fn whole(&self, plan: &Plan) -> BTreeMap<Code, Counts> {
        let mut whole = BTreeMap::new();
        for code in &plan.codes {
            let path = self.staged(code);
            if !path.exists() {
                continue;
            }
            match Staged::check(&path, code) {
                Ok(counts) => {
                    whole.insert(*code, counts);
                }
                Err(problem) => {
                    tracing::warn!(code = code.as_str(), "the staged history of {code} is fetched again: {problem}");
                    // If it cannot be removed it is replaced.
                    let _ = fs::remove_file(&path);
                }
            }
        }
        whole
    }

    /// The codes that failed so far.
    pub(super) fn failures(&self) -> Failures {
        read_json(&self.0.join(FAILURES)).unwrap_or_default()
    }

    /// How many codes are given up.
    pub(crate) fn given_up(&self) -> usize {
        self.failures().given_up()
    }

    /// The codes that failed, with their errors: the first few.
    pub(crate) fn some_failures(&self) -> BTreeMap<String, String> {
        self.failures().some()
    }

    /// Gives the failed codes new tries; which they are, the first few.
    pub(crate) fn forgive_failures(&self) -> io::Result<BTreeMap<String, String>> {
        let mut failures = self.failures();
        failures.forgive();
        self.write_failures(&failures)?;
        Ok(failures.some())
    }

    pub(super) fn write_failures(&self, failures: &Failures) -> io::Result<()> {
        write_json(&self.0.join(FAILURES), failures)
    }

    /// Notes that the writer has everything: what is left is to publish it and to clean up.
    pub(super) fn mark_assembled(&self, report: &serde_json::Value) -> io::Result<()> {
        write_json(&self.0.join(ASSEMBLED), report)
    }

    /// What the writer made of it, once it has.
    pub(crate) fn assembled(&self) -> Option<serde_json::Value> {
        read_json(&self.0.join(ASSEMBLED))
    }

    /// Notes why the run gave up, or that it is worked on again.
    pub(crate) fn mark_given_up(&self, why: Option<&str>) -> io::Result<()> {
        match why {
            Some(why) => write_json(&self.0.join(GAVE_UP), &why),
            None => match fs::remove_file(self.0.join(GAVE_UP)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    /// Whether the run gave up.
    pub(crate) fn has_given_up(&self) -> bool {
        self.0.join(GAVE_UP).exists()
    }

    /// Removes the folder.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The runs below `runs` that were begun and are not removed, by name.
pub(crate) fn unfinished(runs: &Path) -> Vec<(RunFolder, Plan)> {
    let Ok(entries) = fs::read_dir(runs) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            let folder = RunFolder(entry.ok()?.path());
            let plan = folder.plan()?;
            Some((folder, plan))
        })
        .collect();
    found.sort_by_key(|(folder, _)| folder.name());
    found
}

/// The value of a JSON file; `None` if there is none, or something else stands there.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Replaces a JSON file: a reader sees the old text or the new one.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let beside = path.with_extension("json.tmp");
    fs::write(&beside, serde_json::to_vec_pretty(value)?)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_name_is_its_key_in_characters_that_every_file_system_takes() {
        let key = "backfill_history@tdx@2016-01-04..2026-11-20@000001.SZ,600519.SH";
        let folder = RunFolder::of(Path::new("/runs"), key);
        assert_eq!(folder.name(), "tdx_2016-01-04..2026-11-20_000001.SZ_600519.SH");
    }

    #[test]
    fn only_begun_runs_are_unfinished() {
        let runs = tempfile::tempdir().unwrap();
        fs::write(runs.path().join("progress.json"), "{}").unwrap();
        fs::create_dir(runs.path().join("empty")).unwrap();
        assert!(unfinished(runs.path()).is_empty());
        let plan = Plan {
            job_id: "b#1".into(),
            source: "tdx".into(),
            from: "2020-01-01".parse().unwrap(),
            to: "2020-12-31".parse().unwrap(),
            until: "2020-12-31".parse().unwrap(),
            named: None,
            codes: vec!["600519.SH".parse().unwrap()],
            estimate: market_model::HistoryEstimate::default(),
            planned_at: chrono::DateTime::UNIX_EPOCH,
        };
        let folder = RunFolder::of(runs.path(), "backfill_history@tdx@2020-01-01..2020-12-31");
        folder.begin(&plan).unwrap();
        assert_eq!(unfinished(runs.path()), [(folder.clone(), plan.clone())]);
        fs::write(folder.staged(&plan.codes[0]), "torn").unwrap();
        assert!(folder.whole(&plan).is_empty() && !folder.staged(&plan.codes[0]).exists());
        folder.remove().unwrap();
        folder.remove().unwrap();
        assert!(unfinished(runs.path()).is_empty());
    }
}
